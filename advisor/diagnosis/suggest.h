// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace faultline::diagnosis {

/// "did you mean 'faults.minor.count'?" for the nearest of `known`, or the whole list when it is short and nothing is
/// near; empty otherwise. Costs length × length a candidate: names over 128 bytes get no suggestion.
std::string did_you_mean(std::string_view typed, const std::vector<std::string_view>& known);

}  // namespace faultline::diagnosis
