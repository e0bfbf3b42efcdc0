// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/suggest.h"

#include <algorithm>
#include <cstddef>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <numeric>

namespace faultline::diagnosis {
namespace {

constexpr std::size_t longest_name = 128;
constexpr std::size_t short_list = 16;

/// Levenshtein distance, one row at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view typed, const std::vector<std::string_view>& known) {
  std::string_view nearest;
  std::size_t least = std::max<std::size_t>(2, typed.size() / 4) + 1;
  if (typed.size() <= longest_name) {
    for (const auto name : known) {
      const std::size_t apart = distance(typed, name);
      if (apart < least) {
        least = apart;
        nearest = name;
      }
    }
  }
  if (!nearest.empty()) return fmt::format("did you mean '{}'?", nearest);
  if (known.empty() || known.size() > short_list) return {};
  return fmt::format("one of: {}", fmt::join(known, ", "));
}

}  // namespace faultline::diagnosis
