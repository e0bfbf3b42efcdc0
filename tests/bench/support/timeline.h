// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

namespace faultline::bench {

/// Running sums at moments that come after each other: what was counted between any two moments, so that a reference
/// need not start and end with the window it is held against.
class Timeline {
 public:
  /// `sums` has as many values each time.
  void add(double moment, std::vector<double> sums);
  /// Nothing when the readings do not reach from `from` to `until`. Between two readings it is taken as even.
  [[nodiscard]] std::optional<std::vector<double>> between(double from, double until) const;

 private:
  struct Reading {
    double moment = 0;
    std::vector<double> sums;
  };
  [[nodiscard]] std::optional<std::vector<double>> sums_at(double moment) const;
  std::vector<Reading> readings_;
};

}  // namespace faultline::bench
