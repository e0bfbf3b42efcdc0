// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <fmt/format.h>
#include <limits>

namespace faultline::bench {
namespace {

constexpr double outside_each_side = 0.025;

/// How many of the lowest (and of the highest) of `count` sorted values the interval leaves out: the largest k with
/// P(binomial(count, 1/2) < k) <= 2.5 %. Zero when not even the extremes hold the median often enough.
std::size_t left_out(std::size_t count) {
  double probability = std::pow(0.5, static_cast<double>(count));
  double below = 0;
  for (std::size_t k = 0; k < count; ++k) {
    below += probability;
    if (below > outside_each_side) return k;
    probability *= static_cast<double>(count - k) / static_cast<double>(k + 1);
  }
  return 0;
}

}  // namespace

double median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::optional<Interval> median_interval(std::vector<double> values) {
  const std::size_t k = left_out(values.size());
  if (k == 0) return std::nullopt;
  std::sort(values.begin(), values.end());
  return Interval{values[k - 1], values[values.size() - k]};
}

std::string with_interval(const std::vector<double>& values, int decimals) {
  const auto interval = median_interval(values);
  if (!interval) return fmt::format("{:.{}f} [?]", median(values), decimals);
  return fmt::format("{:.{}f} [{:.{}f} … {:.{}f}]", median(values), decimals, interval->low, decimals, interval->high,
                     decimals);
}

}  // namespace faultline::bench
