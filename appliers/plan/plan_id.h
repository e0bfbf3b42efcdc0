// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "advisor/model/setting.h"

namespace faultline::plan {

/// The name of a plan: 16 hexadecimal digits over what it is for, what it sets and what was there before. The same
/// plan on the same state has the same id; a state that changed since makes another one, so a stale plan is found.
std::string plan_id(std::string_view target, const Settings& settings, const std::optional<std::string>& before);

}  // namespace faultline::plan
