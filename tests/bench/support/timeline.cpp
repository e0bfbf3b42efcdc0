// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/timeline.h"

#include <algorithm>
#include <utility>

namespace faultline::bench {

void Timeline::add(double moment, std::vector<double> sums) {
  if (readings_.empty() || moment > readings_.back().moment) readings_.push_back({moment, std::move(sums)});
}

std::optional<std::vector<double>> Timeline::between(double from, double until) const {
  const auto first = sums_at(from);
  auto last = sums_at(until);
  if (!first || !last) return std::nullopt;
  for (std::size_t i = 0; i < last->size(); ++i) (*last)[i] -= (*first)[i];
  return last;
}

std::optional<std::vector<double>> Timeline::sums_at(double moment) const {
  const auto after = std::lower_bound(readings_.begin(), readings_.end(), moment,
                                      [](const Reading& reading, double when) { return reading.moment < when; });
  if (after == readings_.end()) return std::nullopt;
  if (after->moment == moment) return after->sums;
  if (after == readings_.begin()) return std::nullopt;
  const Reading& before = *std::prev(after);
  const double part = (moment - before.moment) / (after->moment - before.moment);
  std::vector<double> sums = before.sums;
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += part * (after->sums[i] - before.sums[i]);
  return sums;
}

}  // namespace faultline::bench
