// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "advisor/host/machine.h"
#include "advisor/host/system_bus.h"
#include "advisor/model/result.h"
#include "advisor/model/snapshot.h"

namespace faultline::target {

enum class Kind { unit, pid, cgroup, command };

/// A TARGET of the command line, resolved to processes that are there now.
struct Target {
  Kind kind = Kind::pid;
  std::string name;          ///< canonical: "rewards.service", "pid:41", "cgroup:/a/b", "command:NAME"
  std::optional<Unit> unit;  ///< of a unit; of a pid or command never
  pid_t main_pid = 0;        ///< the unit's MainPID, the pid, the command; of a cgroup the busiest process
  std::string cgroup;        ///< set for unit and cgroup: all processes in it are the target
};

/// The syntax of TARGET, without looking at the machine. Errors: usage.
struct Spec {
  Kind kind = Kind::pid;
  bool all = false;  ///< "all"
  std::string name;  ///< unit name or cgroup path
  pid_t pid = 0;
};
Result<Spec> parse(const std::string& text);

/// Resolves against the machine. `bus` may be null: units are then an error that says what else can be audited.
/// Errors: usage for a unit that does not exist (near misses in the hint), not_found for a dead pid or a unit that is
/// not running, refused for a kernel thread, a zombie or faultline itself, permission.
Result<Target> resolve(const Spec& spec, const host::Machine& machine, host::SystemBus* bus);

/// Every running service of the host, for "all".
Result<std::vector<Target>> resolve_all(const host::Machine& machine, host::SystemBus* bus);

}  // namespace faultline::target
