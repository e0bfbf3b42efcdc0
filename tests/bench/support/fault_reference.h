// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <sys/types.h>

#include "tests/bench/support/bpftrace_sums.h"

namespace faultline::bench {

/// Faults of one process in user mode, as bpftrace counts them at the tracepoint exceptions:page_fault_user. A system
/// call that writes to memory may fault too, and is not in it.
class FaultReference {
 public:
  struct Sum {
    double faults = 0;
    double not_present = 0;  ///< of them, where no page was: no copies on write
    double again = 0;        ///< of these, on a page that was seen to fault so before; 0 where pages are not kept
  };

  /// Whether to keep each page that faulted, which is slow and of a million pages at most.
  enum class Pages { forget, keep };

  /// Begins to count. Throws std::runtime_error when bpftrace does not in half a minute.
  FaultReference(pid_t pid, Pages pages);
  /// Between two moments of CLOCK_REALTIME.
  [[nodiscard]] std::optional<Sum> between(double from, double until) const;

 private:
  BpftraceSums sums_;
};

}  // namespace faultline::bench
