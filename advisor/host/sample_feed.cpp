// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/sample_feed.h"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>
#include <iterator>
#include <limits>
#include <utility>

#include "advisor/host/learn_or_read.h"
#include "advisor/host/proc.h"

namespace faultline::host {
namespace {

// A sample is at most about 1.1 KiB, a fork record 64 bytes: a CPU's buffer takes the samples of one second, or two
// thousand forks between two looks. A thread's buffer has to fit many times into kernel.perf_event_mlock_kb.
constexpr std::size_t cpu_ring_pages = 32;
constexpr std::size_t thread_ring_pages = 8;
constexpr std::size_t most_followed_threads = 1024;

std::uint64_t now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000000000ULL + static_cast<std::uint64_t>(now.tv_nsec);
}

std::uint64_t time_of(const Record& record) {
  return std::visit(
      [](const auto& one) -> std::uint64_t {
        if constexpr (requires { one.time_ns; }) {
          return one.time_ns;
        } else {
          return 0;
        }
      },
      record);
}

std::string denied_reason(const Abilities& can) {
  return fmt::format("perf events are denied (kernel.perf_event_paranoid is {})", can.perf_event_paranoid.value_or(2));
}

/// What lets an ordinary user sample with kernel frames here. From 3 on Debian's kernels ask for CAP_SYS_ADMIN.
std::string kernel_unlock(const Abilities& can) {
  return can.perf_event_paranoid.value_or(2) >= 3 ? "run as root, or sysctl kernel.perf_event_paranoid=1"
                                                  : "run as root or with CAP_PERFMON, or "
                                                    "sysctl kernel.perf_event_paranoid=1";
}

}  // namespace

SampleFeed::SampleFeed()
    : kernel_symbols_(fail(ErrorKind::permission, "cannot name kernel functions", "/proc/kallsyms",
                           "no kernel frames are sampled")) {}

SampleFeed SampleFeed::open(const Machine& machine) {
  SampleFeed feed;
  feed.root_ = &machine.root;
  feed.choose_mode(machine);
  if (feed.sees_kernel()) feed.kernel_symbols_ = KernelSymbols::open(machine.root);
  return feed;
}

void SampleFeed::choose_mode(const Machine& machine) {
  const Abilities& can = machine.abilities;
  if (can.cpu_wide() && open_cpus(machine.facts.cpus)) return;
  user_only_ = !can.kernel_profiling();
  // Without a thread to try it on: our own.
  const auto own = open_sampler({.thread = 0, .cpu = -1}, hertz, user_only_);
  if (!own) {
    reason_ = own.error().kind == ErrorKind::permission ? denied_reason(can) : own.error().why;
    unlock_ = kernel_unlock(can);
    return;
  }
  mode_ = FeedMode::by_thread;
  if (!user_only_) return;
  reason_ =
      fmt::format("kernel frames are denied (kernel.perf_event_paranoid is {})", can.perf_event_paranoid.value_or(2));
  unlock_ = kernel_unlock(can);
}

bool SampleFeed::open_cpus(unsigned cpus) {
  for (unsigned cpu = 0; cpu < cpus; ++cpu) {
    if (!add({.thread = -1, .cpu = static_cast<int>(cpu)}, cpu_ring_pages)) {
      rings_.clear();
      return false;
    }
  }
  mode_ = FeedMode::cpu_wide;
  return true;
}

bool SampleFeed::add(SampledScope scope, std::size_t pages) {
  auto event = open_sampler(scope, hertz, user_only_);
  if (!event) return event.error().kind == ErrorKind::gone;  // a thread that ended is not missed
  auto ring = PerfRing::map(std::move(*event), pages);
  if (!ring) return false;
  if (running_ && !start_events(ring->event())) return false;
  rings_.push_back(std::move(*ring));
  return true;
}

void SampleFeed::follow(const Root& root, pid_t pid) {
  if (mode_ != FeedMode::by_thread) return;
  const auto threads = list_threads(root, pid);
  if (!threads) return;
  for (const pid_t thread : *threads) {
    if (followed_.contains(thread)) continue;
    if (followed_.size() >= most_followed_threads || !add({.thread = thread, .cpu = -1}, thread_ring_pages)) {
      ++missed_;
      continue;
    }
    followed_.insert(thread);
  }
}

void SampleFeed::start() {
  running_ = true;
  for (const PerfRing& ring : rings_) (void)start_events(ring.event());
}

void SampleFeed::stop() {
  running_ = false;
  for (const PerfRing& ring : rings_) (void)stop_events(ring.event());
}

Batch SampleFeed::take() {
  Batch batch;
  const std::uint64_t complete_until_ns = running_ ? now_ns() : std::numeric_limits<std::uint64_t>::max();
  for (PerfRing& ring : rings_) {
    ring.take([&](std::string_view bytes) {
      auto record = parse_record(bytes);
      if (!record) return;
      if (const auto* lost = std::get_if<Lost>(&*record)) {
        batch.lost += lost->count;
      } else {
        waiting_.push_back(std::move(*record));
      }
    });
  }
  std::stable_sort(waiting_.begin(), waiting_.end(),
                   [](const Record& a, const Record& b) { return time_of(a) < time_of(b); });
  const auto later = std::find_if(waiting_.begin(), waiting_.end(),
                                  [&](const Record& record) { return time_of(record) > complete_until_ns; });
  batch.records.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(later));
  waiting_.erase(waiting_.begin(), later);
  if (kernel_symbols_) learn_names(batch);
  return batch;
}

void SampleFeed::learn_names(const Batch& batch) {
  std::vector<std::uint64_t> addresses;
  for (const Record& record : batch.records) {
    const auto* const sample = std::get_if<Sample>(&record);
    if (sample == nullptr) continue;
    // All but the innermost are return addresses: the call, one byte before, may be a function's last instruction.
    for (std::size_t i = 0; i < sample->kernel.size(); ++i) addresses.push_back(sample->kernel[i] - (i == 0 ? 0 : 1));
  }
  learn_or_read(kernel_symbols_, *root_, addresses);
}

}  // namespace faultline::host
