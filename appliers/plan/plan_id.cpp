// SPDX-License-Identifier: Apache-2.0
#include "appliers/plan/plan_id.h"

#include <fmt/format.h>

#include "appliers/plan/digest.h"

namespace faultline::plan {
namespace {

constexpr std::size_t id_digits = 16;

/// With its length in front, so that no two lists of fields make the same text.
std::string field(std::string_view text) { return fmt::format("{}:{}", text.size(), text); }

std::string field(const Setting& setting) {
  if (const auto* variable = std::get_if<EnvironmentVariable>(&setting)) {
    return field("environment") + field(variable->name) + field(variable->value);
  }
  return field("cpu-quota") + field(fmt::format("{}", std::get<CpuQuota>(setting).cores));
}

}  // namespace

std::string plan_id(std::string_view target, const Settings& settings, const std::optional<std::string>& before) {
  std::string text = field(target);
  for (const Setting& setting : settings) text += field(setting);
  text += before ? field("exists") + field(*before) : field("new");
  return sha256_hex(text).substr(0, id_digits);
}

}  // namespace faultline::plan
