// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>

#include "advisor/model/fact.h"

namespace faultline::measure {

/// Part of the time base that the target spent on a CPU: turns shares of samples into shares of time.
std::optional<double> running_share(const FactSet& facts);

/// A fact that follows from `inputs` of which one is unknown: its reason and unlock are those of the first such.
Fact follows_unknown(const FactSet& facts, std::string_view name, std::initializer_list<std::string_view> inputs);

}  // namespace faultline::measure
