// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace faultline::target {

template <std::size_t count>
bool starts_with_one_of(std::string_view text, const std::array<std::string_view, count>& starts) {
  return std::any_of(starts.begin(), starts.end(), [&](std::string_view start) { return text.starts_with(start); });
}

}  // namespace faultline::target
