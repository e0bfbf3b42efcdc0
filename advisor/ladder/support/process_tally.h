// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <sys/types.h>
#include <utility>

#include "advisor/host/root.h"
#include "advisor/ladder/support/task_counters.h"
#include "advisor/target/activity.h"
#include "advisor/target/process_watch.h"

namespace faultline {

/// What processes used since the tally began.
struct Usage {
  std::uint64_t minor_faults = 0, major_faults = 0;
  double cpu_seconds = 0;
};

/// Faults and CPU time of a target's processes, of those too that come and go. As long as no process is born they are
/// read from /proc/PID/stat, which costs the target nothing; a counter on each fault would slow a fault by some per
/// cent. From the first birth on they are counted by events that children inherit, since a child may be gone before
/// anybody looks. What children that came and went between a birth and the next drain did is not in it.
class ProcessTally {
 public:
  ProcessTally();
  /// Reads what the living processes used so far. The first look is the beginning.
  void look(const host::Root& root, const target::ProcessWatch& watch);
  /// Takes in the births since the last call; `can_count` says whether events are permitted.
  void follow(const host::Root& root, const target::ProcessWatch& watch, const target::Activity& activity,
              bool can_count);
  /// Nothing when a counter could not be read.
  [[nodiscard]] std::optional<Usage> usage() const;
  /// Events count what children do; without it they are in the tally as far as looks saw them.
  [[nodiscard]] bool by_events() const { return counters_.attached(); }

 private:
  using Key = std::pair<pid_t, std::uint64_t>;
  struct Track {
    Usage first, last;
  };
  void look_at(const host::Root& root, pid_t pid, std::optional<std::uint64_t> start_ticks, bool lived_before);
  [[nodiscard]] Usage read_usage() const;
  void count_by_events(const host::Root& root, const target::ProcessWatch& watch, const target::Activity& activity);
  void count_newcomers(const host::Root& root, const target::ProcessWatch& watch);
  std::map<Key, Track> tracks_;
  TaskCounters counters_;
  std::set<pid_t> counted_;  ///< processes with counters of their own or inherited ones
  Usage before_events_;
  bool first_look_ = true;
  bool events_failed_ = false;
};

}  // namespace faultline
