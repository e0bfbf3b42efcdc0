// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/fault_sampler.h"

#include <array>
#include <cstring>
#include <linux/perf_event.h>
#include <string_view>
#include <utility>

#include "advisor/host/perf_event.h"

namespace faultline::host {
namespace {

// Pages of a thread's buffer: the first that the limit of locked memory allows. The largest holds 10,000 faults.
constexpr std::array<std::size_t, 3> ring_pages{64, 16, 4};

/// With PERF_SAMPLE_TID and PERF_SAMPLE_ADDR, in this order (perf_event_open(2), PERF_RECORD_SAMPLE).
struct FaultRecord {
  perf_event_header header;
  std::uint32_t process, thread;
  std::uint64_t address;
};

/// PERF_RECORD_LOST.
struct LostRecord {
  perf_event_header header;
  std::uint64_t event, count;
};

template <class Record>
Record read_as(std::string_view bytes) {
  Record record;
  std::memcpy(&record, bytes.data(), sizeof record);
  return record;
}

void take_record(std::string_view bytes, FaultBatch& batch) {
  const auto type = read_as<perf_event_header>(bytes).type;
  if (type == PERF_RECORD_SAMPLE && bytes.size() >= sizeof(FaultRecord)) {
    const auto fault = read_as<FaultRecord>(bytes);
    batch.faults.push_back({static_cast<pid_t>(fault.process), fault.address});
  }
  if (type == PERF_RECORD_LOST && bytes.size() >= sizeof(LostRecord)) batch.lost += read_as<LostRecord>(bytes).count;
}

}  // namespace

Result<FaultSampler> FaultSampler::open(pid_t thread) {
  Error denied{ErrorKind::io, "cannot sample faults", "perf event", "no buffer could be mapped", {}};
  for (const std::size_t pages : ring_pages) {
    auto event = open_fault_sampler(thread);
    if (!event) return tl::unexpected(event.error());
    auto ring = PerfRing::map(std::move(*event), pages);
    if (ring) return FaultSampler(std::move(*ring));
    denied = ring.error();
  }
  return tl::unexpected(denied);
}

FaultBatch FaultSampler::take() {
  FaultBatch batch;
  ring_.take([&](std::string_view record) { take_record(record, batch); });
  return batch;
}

}  // namespace faultline::host
