// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

#include "advisor/host/fd.h"
#include "advisor/host/machine.h"
#include "advisor/host/proc.h"
#include "advisor/model/result.h"
#include "advisor/target/target.h"

namespace faultline::target {

/// A process of the target, held by pidfd and start time, so that a reused PID is never mistaken for it.
struct WatchedProcess {
  pid_t pid = 0;
  std::uint64_t start_ticks = 0;
  host::Fd pidfd;
  bool at_start = false;  ///< there when the window opened
  bool alive = true;
};

/// Whether a process of the target may have been born since the last look, as far as the caller knows.
enum class Births { may_be, none };

/// The processes of a target while they come and go. A unit or cgroup: all in its cgroup. A pid or a command: the
/// process and those it forks after the watch began, and their children.
class ProcessWatch {
 public:
  static Result<ProcessWatch> begin(const host::Machine& machine, const Target& target);

  /// Looks again: marks the dead (pidfd readable, or the start time changed), adds the new. At most `cap` are
  /// followed; more set `overflowed()`. With no births there is no search for children, which takes as many files as
  /// there are threads; what was moved into a cgroup is found all the same.
  void refresh(Births births = Births::may_be);
  [[nodiscard]] const std::map<pid_t, WatchedProcess>& processes() const { return processes_; }
  [[nodiscard]] std::vector<pid_t> living() const;
  /// True when no process of the target is left.
  [[nodiscard]] bool ended() const;
  [[nodiscard]] bool overflowed() const { return overflowed_; }
  [[nodiscard]] const Target& target() const { return target_; }
  /// The process that stands for the target: main_pid while it lives, else the oldest living.
  [[nodiscard]] pid_t main_pid() const;

  static constexpr std::size_t cap = 4096;

 private:
  ProcessWatch(const host::Machine& machine, Target target);
  [[nodiscard]] bool is_followed(pid_t pid) const;
  [[nodiscard]] bool was_there_before(const host::ProcStat& stat) const;
  void add(pid_t pid, bool at_start);
  void add_descendants();
  const host::Machine* machine_;
  Target target_;
  std::map<pid_t, WatchedProcess> processes_;
  std::map<pid_t, std::uint64_t> others_;  ///< children that were there before the watch, with their start
  bool overflowed_ = false;
};

}  // namespace faultline::target
