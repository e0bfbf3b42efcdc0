// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sys/types.h>

#include "tests/bench/support/bpftrace_sums.h"

namespace faultline::bench {

/// Sleeps at any reader-writer semaphore of a process, as bpftrace counts them at the tracepoints of lock contention.
/// Of a process that maps only anonymous memory these are sleeps at mmap_lock.
class LockReference {
 public:
  struct Sum {
    double waits = 0;
    double seconds = 0;
  };

  /// Begins to count. Throws std::runtime_error when bpftrace does not in half a minute.
  explicit LockReference(pid_t pid);
  /// Between two moments of CLOCK_REALTIME.
  [[nodiscard]] std::optional<Sum> between(double from, double until) const;

 private:
  BpftraceSums sums_;
};

}  // namespace faultline::bench
