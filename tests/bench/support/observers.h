// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace faultline::bench {

/// What an observer used itself, from its start to its answer.
struct OwnCost {
  double seconds = 0;      ///< from start to answer
  double cpu_seconds = 0;  ///< user and system time
  double peak_rss_bytes = 0;
};

/// Audits a process for a window of `seconds`. Throws std::runtime_error when it fails.
OwnCost observe_with_faultline(pid_t pid, int seconds);
/// All of them in one audit.
OwnCost observe_with_faultline(const std::vector<pid_t>& pids, int seconds);

/// The same rungs by hand: perf stat and perf record -g side by side, then perf report on what was recorded.
OwnCost observe_by_hand(pid_t pid, int seconds);

/// Sleeps.
OwnCost observe_nothing(pid_t pid, int seconds);

}  // namespace faultline::bench
