// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/pmu.h"

#include <algorithm>
#include <array>
#include <linux/perf_event.h>

#include "advisor/host/perf_event.h"
#include "advisor/host/proc.h"

namespace faultline::host {
namespace {

// Four descriptors each.
constexpr std::size_t most_threads = 128;

constexpr std::uint64_t dtlb_loads(std::uint64_t result) {
  return PERF_COUNT_HW_CACHE_DTLB | (std::uint64_t{PERF_COUNT_HW_CACHE_OP_READ} << 8U) | (result << 16U);
}

constexpr std::uint64_t raw(std::uint64_t event, std::uint64_t umask, std::uint64_t cmask) {
  return event | (umask << 8U) | (cmask << 24U);
}

/// DTLB_LOAD_MISSES.WALK_ACTIVE by Intel's model (Linux tools/perf/pmu-events/arch/x86: mapfile.csv and each model's
/// virtual-memory.json). Other CPUs either have no such event (AMD counts walks, not their cycles) or another one.
struct WalkEvent {
  unsigned model;
  std::uint64_t config;
};
constexpr std::uint64_t since_skylake = raw(0x08, 0x10, 1);
constexpr std::uint64_t since_golden_cove = raw(0x12, 0x10, 1);
constexpr auto walk_events = std::to_array<WalkEvent>({
    {0x4e, since_skylake},      // Skylake
    {0x5e, since_skylake},      // Skylake
    {0x55, since_skylake},      // Skylake-SP, Cascade Lake, Cooper Lake
    {0x8e, since_skylake},      // Kaby Lake
    {0x9e, since_skylake},      // Kaby Lake, Coffee Lake
    {0xa5, since_skylake},      // Comet Lake
    {0xa6, since_skylake},      // Comet Lake
    {0x6a, since_skylake},      // Ice Lake-SP
    {0x6c, since_skylake},      // Ice Lake-D
    {0x7d, since_skylake},      // Ice Lake
    {0x7e, since_skylake},      // Ice Lake
    {0x8c, since_skylake},      // Tiger Lake
    {0x8d, since_skylake},      // Tiger Lake
    {0xa7, since_skylake},      // Rocket Lake
    {0x8f, since_golden_cove},  // Sapphire Rapids
    {0xcf, since_golden_cove},  // Emerald Rapids
    {0xad, since_golden_cove},  // Granite Rapids
    {0xae, since_golden_cove},  // Granite Rapids-D
});

struct Event {
  std::optional<double> PmuCounts::*count;
  HardwareEvent event;
};

std::vector<Event> events_of(const Root& root) {
  std::vector<Event> events{
      {&PmuCounts::cycles, {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES}},
      {&PmuCounts::dtlb_loads, {PERF_TYPE_HW_CACHE, dtlb_loads(PERF_COUNT_HW_CACHE_RESULT_ACCESS)}},
      {&PmuCounts::dtlb_load_misses, {PERF_TYPE_HW_CACHE, dtlb_loads(PERF_COUNT_HW_CACHE_RESULT_MISS)}},
  };
  const auto cpu = read_cpu_model(root);
  const auto walks = cpu ? walk_cycles_event(*cpu) : std::nullopt;
  if (walks) events.push_back({&PmuCounts::walk_cycles, {PERF_TYPE_RAW, *walks}});
  return events;
}

class KernelPmuCounters : public PmuCounters {
 public:
  /// One event of all threads. False when this CPU does not have it.
  Result<bool> add(const Event& event, const std::vector<pid_t>& threads) {
    std::vector<Fd> counters;
    for (const pid_t thread : threads) {
      auto counter = open_hardware_counter(event.event, thread);
      if (counter) {
        counters.push_back(std::move(*counter));
      } else if (counter.error().kind == ErrorKind::permission) {
        return tl::unexpected(counter.error());
      } else if (counter.error().kind != ErrorKind::gone) {
        return false;
      }
    }
    events_.push_back({event.count, std::move(counters)});
    return true;
  }

  PmuCounts read() const override {
    PmuCounts counts;
    for (const Opened& event : events_) {
      double sum = 0;
      bool is_whole = true;
      for (const Fd& counter : event.counters) {
        const auto count = read_hardware_counter(counter);
        is_whole = is_whole && count.has_value();
        sum += count.value_or(0);
      }
      if (is_whole) counts.*event.count = sum;
    }
    return counts;
  }

 private:
  struct Opened {
    std::optional<double> PmuCounts::*count;
    std::vector<Fd> counters;
  };
  std::vector<Opened> events_;
};

}  // namespace

Result<std::unique_ptr<PmuCounters>> open_pmu(const Root& root, const std::vector<pid_t>& pids) {
  std::vector<pid_t> threads;
  for (const pid_t pid : pids) {
    if (const auto some = list_threads(root, pid)) threads.insert(threads.end(), some->begin(), some->end());
  }
  if (threads.empty() || threads.size() > most_threads) {
    return fail(ErrorKind::unsupported, "cannot count", "PMU",
                threads.empty() ? "no thread of the target is there" : "more threads than are counted one by one");
  }
  auto counters = std::make_unique<KernelPmuCounters>();
  for (const Event& event : events_of(root)) {
    const auto added = counters->add(event, threads);
    if (!added) return tl::unexpected(added.error());
    if (!*added && event.count == &PmuCounts::cycles) {
      return fail(ErrorKind::unsupported, "cannot count", "PMU", "no PMU on this machine",
                  "a host or a machine type that passes the PMU on to its guests");
    }
  }
  return counters;
}

std::optional<std::uint64_t> walk_cycles_event(const CpuModel& cpu) {
  constexpr unsigned core_family = 6;
  if (cpu.vendor != "GenuineIntel" || cpu.family != core_family) return std::nullopt;
  const auto* const it = std::find_if(walk_events.begin(), walk_events.end(),
                                      [&](const WalkEvent& row) { return row.model == cpu.model; });
  return it == walk_events.end() ? std::nullopt : std::optional(it->config);
}

}  // namespace faultline::host
