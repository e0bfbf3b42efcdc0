// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace faultline::target {

/// At most three of `names` that were likely meant by `typed`, nearest first: those that hold it, and those a few
/// edits away (Damerau-Levenshtein).
std::vector<std::string> near_misses(std::string_view typed, const std::vector<std::string>& names);

}  // namespace faultline::target
