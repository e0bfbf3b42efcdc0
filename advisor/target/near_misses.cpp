// SPDX-License-Identifier: Apache-2.0
#include "advisor/target/near_misses.h"

#include <algorithm>
#include <set>
#include <utility>

namespace faultline::target {
namespace {

constexpr std::size_t most_shown = 3;
constexpr std::size_t longest_compared = 255;

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> cost(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

std::string_view without_suffix(std::string_view name) {
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos ? name : name.substr(0, dot);
}

}  // namespace

std::vector<std::string> near_misses(std::string_view typed, const std::vector<std::string>& names) {
  const std::string_view stem = without_suffix(typed).substr(0, longest_compared);
  std::set<std::pair<std::size_t, std::string>> ranked;
  for (const std::string& name : names) {
    const std::string_view candidate = without_suffix(name).substr(0, longest_compared);
    const std::size_t edits = distance(stem, candidate);
    const bool holds = stem.size() >= 3 && candidate.find(stem) != std::string_view::npos;
    if (edits <= std::max<std::size_t>(2, stem.size() / 3)) {
      ranked.emplace(edits, name);
    } else if (holds) {
      ranked.emplace(stem.size() + edits, name);
    }
  }
  std::vector<std::string> best;
  for (const auto& [rank, name] : ranked) {
    if (best.size() < most_shown) best.push_back(name);
  }
  return best;
}

}  // namespace faultline::target
