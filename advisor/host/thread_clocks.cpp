// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/thread_clocks.h"

#include <algorithm>

#include "advisor/host/perf_event.h"
#include "advisor/host/proc.h"

namespace faultline::host {

Result<ThreadClocks> ThreadClocks::open(const Machine& machine, const std::vector<pid_t>& processes) {
  const char* const what = "cannot tell CPU time over milliseconds";
  ThreadClocks clocks(machine);
  std::vector<Thread>& threads = clocks.others_;
  for (const pid_t process : processes) {
    const auto listed = list_threads(machine.root, process);
    if (!listed) continue;
    if (threads.size() + listed->size() > most_listed) {
      return fail(ErrorKind::unsupported, what, "/proc/PID/task", "there are too many threads");
    }
    for (const pid_t thread : *listed) {
      const auto used = read_schedstat(machine.root, process, thread);
      threads.push_back({used ? used->run_ns : 0, process, thread});
    }
  }
  std::stable_sort(threads.begin(), threads.end(),
                   [](const Thread& one, const Thread& other) { return one.run_ns > other.run_ns; });
  const std::size_t busiest = std::min(threads.size(), most_threads);
  for (std::size_t i = 0; i < busiest; ++i) {
    auto clock = open_thread_clock(threads[i].thread);
    if (clock) {
      clocks.clocks_.push_back(std::move(*clock));
    } else if (clock.error().kind != ErrorKind::gone) {
      return tl::unexpected(clock.error());
    }
  }
  if (clocks.clocks_.empty()) return fail(ErrorKind::gone, what, "/proc/PID/task", "no thread is there");
  threads.erase(threads.begin(), threads.begin() + static_cast<std::ptrdiff_t>(busiest));
  return clocks;
}

double ThreadClocks::seconds() const {
  std::uint64_t sum = 0;
  for (const Fd& clock : clocks_) sum += read_counter(clock).value_or(0);
  return static_cast<double>(sum) * 1e-9;
}

double ThreadClocks::other_seconds() const {
  std::uint64_t sum = 0;
  for (const Thread& one : others_) {
    const auto used = read_schedstat(machine_->root, one.process, one.thread);
    if (used && used->run_ns > one.run_ns) sum += used->run_ns - one.run_ns;
  }
  return static_cast<double>(sum) * 1e-9;
}

}  // namespace faultline::host
