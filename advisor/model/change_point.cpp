// SPDX-License-Identifier: Apache-2.0
#include "advisor/model/change_point.h"

#include <algorithm>
#include <cmath>

namespace faultline {
namespace {

constexpr std::size_t least_slices = 10;
constexpr std::size_t least_each_side = 3;
constexpr double least_ratio = 2;
// Of the standard error of the difference. The place is chosen among all, so that chance alone reaches 3 or 4.
constexpr double least_shift = 6;

struct Value {
  std::size_t slice;
  double value;
};

struct Part {
  double count = 0, sum = 0, squares = 0;
  void add(double value) {
    ++count;
    sum += value;
    squares += value * value;
  }
  [[nodiscard]] double mean() const { return sum / count; }
  /// Of the values around their mean, all together.
  [[nodiscard]] double scatter() const { return std::max(0.0, squares - sum * sum / count); }
};

Part minus(const Part& all, const Part& part) {
  return {all.count - part.count, all.sum - part.sum, all.squares - part.squares};
}

double shift(const Part& before, const Part& after) {
  const double variance = (before.scatter() + after.scatter()) / (before.count + after.count - 2);
  const double difference = std::abs(after.mean() - before.mean());
  // Counts that do not scatter at all: a change of any size is far beyond it.
  const double error = std::max(std::sqrt(variance * (1 / before.count + 1 / after.count)), 1e-9 * difference);
  return error > 0 ? difference / error : 0;
}

bool is_another(const Part& before, const Part& after) {
  const double low = std::min(std::abs(before.mean()), std::abs(after.mean()));
  const double high = std::max(std::abs(before.mean()), std::abs(after.mean()));
  return high > 0 && high >= least_ratio * low;
}

}  // namespace

std::optional<TurningPoint> change_point(const std::vector<std::optional<double>>& slices) {
  std::vector<Value> values;
  Part all;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    if (!slices[i] || !std::isfinite(*slices[i])) continue;
    values.push_back({i, *slices[i]});
    all.add(*slices[i]);
  }
  if (values.size() < least_slices) return std::nullopt;
  std::optional<TurningPoint> at;
  double largest = least_shift;
  Part before;
  for (std::size_t i = 0; i + least_each_side < values.size(); ++i) {
    before.add(values[i].value);
    const Part after = minus(all, before);
    if (i + 1 < least_each_side || !is_another(before, after)) continue;
    const double here = shift(before, after);
    if (here < largest) continue;
    largest = here;
    at = TurningPoint{values[i + 1].slice, after.mean() > before.mean()};
  }
  return at;
}

double seconds_until(const TurningPoint& change, const Window& window) {
  // The window may end within a slice that is not told: of ten or more that makes little.
  return static_cast<double>(change.slices) * window.seconds / std::max(1U, window.slices);
}

}  // namespace faultline
