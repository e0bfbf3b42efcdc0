// SPDX-License-Identifier: Apache-2.0
#include "appliers/systemd/directive.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <variant>

namespace faultline::systemd {
namespace {

// systemd.exec(5), systemd.resource-control(5). An environment is handed over at exec; a quota is an attribute of the
// cgroup, which systemd writes again when it reloads the unit.
constexpr std::array table{
    KeySpec{Key::environment, "Environment", Needs::processes, true},
    KeySpec{Key::cpu_quota, "CPUQuota", Needs::cgroup, false},
};

}  // namespace

const KeySpec& spec_of(Key key) {
  return *std::find_if(table.begin(), table.end(), [&](const KeySpec& spec) { return spec.key == key; });
}

const KeySpec* find_key(std::string_view text) {
  const auto* const it =
      std::find_if(table.begin(), table.end(), [&](const KeySpec& spec) { return spec.text == text; });
  return it == table.end() ? nullptr : it;
}

std::string quota_text(double cores) {
  // A little less, so that 2.2 cores, which no double holds exactly, do not become 221 %.
  return fmt::format("{:.0f}%", std::ceil(cores * 100 - 1e-6));
}

Directive directive_of(const Setting& setting, std::string reason) {
  if (const auto* variable = std::get_if<EnvironmentVariable>(&setting)) {
    return {Key::environment, variable->name, variable->value, {std::move(reason)}};
  }
  return {Key::cpu_quota, {}, quota_text(std::get<CpuQuota>(setting).cores), {std::move(reason)}};
}

}  // namespace faultline::systemd
