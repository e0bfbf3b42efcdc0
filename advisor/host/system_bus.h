// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "advisor/model/result.h"
#include "advisor/model/snapshot.h"

namespace faultline::host {

struct UnitSummary {
  std::string id;
  std::string load_state;
  std::string active_state;
  std::string sub_state;
};

/// systemd, read only. The one file behind it knows sdbus-c++.
class SystemBus {
 public:
  virtual ~SystemBus() = default;
  /// Units that are loaded now.
  virtual Result<std::vector<UnitSummary>> list_units() = 0;
  /// Names of unit files installed, loaded or not.
  virtual Result<std::vector<std::string>> list_unit_files() = 0;
  /// A unit by any of its names; loads it when it is not loaded. Errors: not_found (LoadState not-found), permission,
  /// io. environment and environment files hold allow-listed variables only: `allowed` decides.
  virtual Result<Unit> unit(const std::string& name, bool (*allowed)(std::string_view variable)) = 0;
  /// The unit that a process belongs to, or not_found.
  virtual Result<std::string> unit_of(pid_t pid) = 0;
};

/// The system bus at DBUS_SYSTEM_BUS_ADDRESS, else at its usual place.
/// Errors: unsupported "systemd is not running here" with what can be audited instead.
Result<std::unique_ptr<SystemBus>> connect_system_bus();

}  // namespace faultline::host
