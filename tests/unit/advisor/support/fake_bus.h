// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "advisor/host/system_bus.h"

namespace faultline::test {

/// systemd as a map of units.
class FakeBus : public host::SystemBus {
 public:
  std::map<std::string, Unit> units;
  std::vector<std::string> files;

  Result<std::vector<host::UnitSummary>> list_units() override {
    std::vector<host::UnitSummary> all;
    for (const auto& [name, unit] : units) all.push_back({name, unit.load_state, unit.active_state, ""});
    return all;
  }
  Result<std::vector<std::string>> list_unit_files() override { return files; }
  Result<Unit> unit(const std::string& name, bool (*)(std::string_view)) override {
    const auto it = units.find(name);
    if (it == units.end()) return fail(ErrorKind::not_found, "no such unit", name);
    return it->second;
  }
  Result<std::string> unit_of(pid_t) override { return fail(ErrorKind::not_found, "no unit", ""); }
};

}  // namespace faultline::test
