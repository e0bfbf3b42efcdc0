// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

// What a bench says of repeated readings on a machine that others use too: the middle, and how sure it is.
namespace faultline::bench {

/// Any unit. NaN for no values.
double median(std::vector<double> values);

struct Interval {
  double low = 0;
  double high = 0;
};

/// The interval that holds the median of the population in at least 95 of 100 repetitions, from the order statistics
/// alone (binomial(n, 1/2), as the sign test): no assumption on the shape of the noise. Nothing below six values.
std::optional<Interval> median_interval(std::vector<double> values);

/// "1.23 [1.10 … 1.40]"; "[?]" in place of an interval that there are too few values for.
std::string with_interval(const std::vector<double>& values, int decimals);

}  // namespace faultline::bench
