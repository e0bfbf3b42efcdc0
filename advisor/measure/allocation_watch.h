// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "advisor/host/address_space_probe.h"
#include "advisor/host/hit_cost.h"
#include "advisor/host/machine.h"
#include "advisor/ladder/support/probe_readings.h"
#include "advisor/target/allocation_functions.h"

namespace faultline::measure {

/// Counts calls of the allocators of some targets in bursts of up to 0.1 s, as long as it stays within WatchCost::share
/// of what each used so far. A burst blocks its caller, so that it ends when it should. Processes that a debugger or a
/// checkpoint holds are let alone.
class AllocationWatch {
 public:
  static constexpr std::size_t most_targets = 16;
  static constexpr std::size_t most_processes = 8;  ///< of a target, the busiest

  AllocationWatch(const host::Machine& machine, std::size_t targets);

  /// Before the window, and before any process is followed: finds the functions of those that are there, and what a hit
  /// costs, unless nobody would be probed.
  void prepare(host::AddressSpaceProbe& probe, const std::vector<std::vector<pid_t>>& processes);
  /// Whether a slice is a target's time for a burst: as is_look(), two targets after the other two; where there are no
  /// more than these, at the first slices too, as the error is told by how bursts differ.
  [[nodiscard]] static bool is_turn(unsigned slice, std::size_t target, std::size_t targets);
  /// A burst, if the budget has one: `used_seconds` is the CPU time of the target since the window opened.
  void look(host::AddressSpaceProbe& probe, std::size_t target, const std::vector<pid_t>& processes,
            double used_seconds, double longest_seconds);
  [[nodiscard]] const Result<WatchedAllocations>& of(std::size_t target) const { return readings_[target]; }

 private:
  struct Functions {
    std::string exe;
    Result<std::vector<target::AllocatorFile>> files;
  };
  const Result<std::vector<target::AllocatorFile>>& functions_of(pid_t process);
  [[nodiscard]] std::vector<pid_t> busiest(std::vector<pid_t> processes) const;
  std::vector<pid_t> attach(host::AddressSpaceProbe& probe, std::size_t target, const std::vector<pid_t>& processes,
                            WatchedAllocations& watched);
  void attach_second(host::AddressSpaceProbe& probe, const std::vector<pid_t>& processes);
  bool has_second(const std::vector<pid_t>& processes);
  Result<void> burst(host::AddressSpaceProbe& probe, std::size_t target, const std::vector<pid_t>& probed,
                     double budget_seconds, double longest_seconds, WatchedAllocations& watched);

  const host::Machine* machine_;
  std::vector<Result<WatchedAllocations>> readings_;
  std::map<pid_t, Functions> functions_;
  std::optional<host::HitCost> cost_;
};

}  // namespace faultline::measure
