// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>

#include "advisor/model/snapshot.h"

namespace faultline::systemd {

using Environment = std::map<std::string, std::string>;

/// Why no drop-in can be written for a unit: its name is none, it is not loaded, it is of a type that takes no
/// drop-in of ours, or another drop-in would win over ours or be hidden by it. Nothing when one can.
std::optional<std::string> unit_obstacle(const Unit& unit);

/// Why `name=value` in Environment= would not reach the process: UnsetEnvironment=, an EnvironmentFile= that sets it
/// otherwise or cannot be read (both win, systemd.exec(5)), or a process that has a value which its unit does not
/// explain. `process` is what the main process has.
std::optional<std::string> variable_obstacle(const Unit& unit, const Environment& process, const std::string& name,
                                             const std::string& value);

/// The value that the unit gives to a variable: of the last EnvironmentFile= that sets it, else of Environment=.
std::optional<std::string> value_by_unit(const Unit& unit, const std::string& name);

}  // namespace faultline::systemd
