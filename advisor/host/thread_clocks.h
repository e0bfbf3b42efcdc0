// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "advisor/host/fd.h"
#include "advisor/host/machine.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// CPU time of processes over milliseconds. Their clocks and files are as of the last tick where a thread runs at the
/// time (kernel/sched/cputime.c, thread_group_cputime); a perf event is brought up to date on the thread's own CPU when
/// it is read (kernel/events/core.c, perf_event_read). So the busiest threads have one each, and the others are told by
/// their schedstat.
class ThreadClocks {
 public:
  static constexpr std::size_t most_threads = 64;   ///< with an event each
  static constexpr std::size_t most_listed = 1024;  ///< more than these and nothing is said

  /// Threads that come later are with those that start them. Errors: unsupported (too many threads), permission, gone
  /// (no process is there), io.
  static Result<ThreadClocks> open(const Machine& machine, const std::vector<pid_t>& processes);

  /// CPU seconds of the threads that have an event, since they have it.
  [[nodiscard]] double seconds() const;
  /// CPU seconds of the others since open(): right in the mean of many bursts alone.
  [[nodiscard]] double other_seconds() const;

 private:
  struct Thread {
    std::uint64_t run_ns = 0;
    pid_t process = 0, thread = 0;
  };
  explicit ThreadClocks(const Machine& machine) : machine_(&machine) {}

  const Machine* machine_;
  std::vector<Fd> clocks_;
  std::vector<Thread> others_;
};

}  // namespace faultline::host
