// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <sys/types.h>

#include "advisor/host/proc.h"
#include "advisor/host/root.h"
#include "advisor/target/process_watch.h"

namespace faultline {

/// How long the threads of a target ran and waited for a CPU and how often they were put on one, since the first look.
/// From schedstat: free of cost for the target. A thread that is born and gone between two looks is not in it.
class ThreadTimes {
 public:
  void look(const host::Root& root, const target::ProcessWatch& watch);
  [[nodiscard]] double run_seconds() const;
  [[nodiscard]] double wait_seconds() const;
  /// Times a thread was put on a CPU: as many as context switches away from one (kernel/sched/stats.h,
  /// sched_info_arrive).
  [[nodiscard]] std::uint64_t switches() const;
  /// The part of all their running that the thread had which ran at a moment, on average over the moments: 1 where one
  /// thread did all, 1/8 where eight ran equally long. Nothing where none ran.
  [[nodiscard]] std::optional<double> one_thread_share() const;
  [[nodiscard]] std::size_t threads_seen() const { return threads_.size(); }

 private:
  struct Track {
    host::SchedStat first, last;
    pid_t pid = 0;
  };
  void look_at_process(const host::Root& root, pid_t pid);
  [[nodiscard]] host::SchedStat sum() const;
  std::map<pid_t, Track> threads_;
  host::SchedStat ended_;  ///< of threads whose number was used again
  bool first_look_ = true;
};

}  // namespace faultline
