// SPDX-License-Identifier: Apache-2.0
#include "appliers/systemd/obstacles.h"

#include <algorithm>
#include <fmt/format.h>
#include <string_view>

#include "advisor/model/text.h"
#include "advisor/model/unit_name.h"
#include "appliers/systemd/own_file.h"
#include "appliers/systemd/unit_type.h"

namespace faultline::systemd {
namespace {

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::optional<std::string> find(const Environment& environment, const std::string& name) {
  const auto it = environment.find(name);
  return it == environment.end() ? std::nullopt : std::optional(it->second);
}

std::optional<std::string> load_obstacle(const Unit& unit) {
  if (unit.load_state == "loaded") return std::nullopt;
  if (unit.load_state == "masked") return "the unit is masked: systemd reads no drop-in of it";
  return fmt::format("the unit is not loaded, its state is '{}'", visible(unit.load_state));
}

/// Drop-ins of all folders apply in the order of their file names; of one name only the one of the first folder does
/// (systemd.unit(5)).
std::optional<std::string> drop_in_obstacle(const Unit& unit) {
  const std::string own = own_file_path(unit.id);
  for (const std::string& path : unit.drop_in_paths) {
    if (path == own) continue;
    if (file_name(path) == own_file_name) {
      return fmt::format("{} has the name of faultline's own file, and of two files of one name systemd reads one",
                         visible(path));
    }
    if (file_name(path) > own_file_name) {
      return fmt::format("{} is read after {} and would win over it: rename it, or make the change there",
                         visible(path), own_file_name);
    }
  }
  return std::nullopt;
}

/// From the last file to the first, as the last one that sets a variable has it.
std::optional<std::string> file_obstacle(const Unit& unit, const std::string& name, const std::string& value) {
  for (auto file = unit.environment_files.rbegin(); file != unit.environment_files.rend(); ++file) {
    if (!file->readable) {
      return fmt::format("EnvironmentFile={} can't be read, and what it sets wins over Environment=: run as root",
                         visible(file->path));
    }
    const auto set = find(file->sets, name);
    if (!set) continue;
    if (*set == value) return std::nullopt;
    return fmt::format("EnvironmentFile={} sets {}={}, which wins over Environment=: change it in that file",
                       visible(file->path), name, visible(*set));
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> unit_obstacle(const Unit& unit) {
  if (const auto valid = check_unit_name(unit.id); !valid) {
    return fmt::format("'{}' is not a unit's name: {}", visible(unit.id.substr(0, 300)), valid.error().why);
  }
  if (unit_type_of(unit.id) == nullptr)
    return "a drop-in of faultline's is for services and slices, and this is neither";
  if (auto why = load_obstacle(unit)) return why;
  return drop_in_obstacle(unit);
}

std::optional<std::string> value_by_unit(const Unit& unit, const std::string& name) {
  for (auto file = unit.environment_files.rbegin(); file != unit.environment_files.rend(); ++file) {
    if (auto set = find(file->sets, name)) return set;
  }
  return find(unit.environment, name);
}

std::optional<std::string> variable_obstacle(const Unit& unit, const Environment& process, const std::string& name,
                                             const std::string& value) {
  const auto& removed = unit.unset_environment;
  if (std::find(removed.begin(), removed.end(), name) != removed.end()) {
    return fmt::format("UnsetEnvironment={} of the unit removes the variable, whatever sets it", name);
  }
  if (auto why = file_obstacle(unit, name, value)) return why;
  const auto actual = find(process, name);
  if (!actual || *actual == value || actual == value_by_unit(unit, name)) return std::nullopt;
  return fmt::format(
      "the process has {}={}, which its unit does not say: a wrapper script, PAM or the manager's own environment sets "
      "it and may win, or the unit was changed since the start: restart it and audit again, or look in ExecStart=",
      name, visible(*actual));
}

}  // namespace faultline::systemd
