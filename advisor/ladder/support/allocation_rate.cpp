// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/allocation_rate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>

namespace faultline {
namespace {

using Bursts = std::vector<AllocationBurst>;

// Our own function is called in a loop that does nothing else, and a second hit, right behind the first, finds in the
// caches what that one brought there. A hit between a target's own work costs 1.0 to 1.45 times as much, by calls that
// were counted without probes beside it (tests/bench/allocation_agreement).
constexpr double cold = 1.2;
// Of the cost that results.
constexpr double own_cost_error = 0.30;
constexpr double second_hit_error = 0.20;
constexpr double most_error = 0.25;
constexpr std::size_t least_bursts = 3;
// A call has to be hit that much more often before its cost can be told by it.
constexpr double least_more_hits = 0.3;
// Student's t for 95 % by degrees of freedom, from 1 on; beyond them the last.
constexpr std::array student{12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20};

double student_t(std::size_t samples) { return student.at(std::min(samples - 1, student.size()) - 1); }

struct Cost {
  double seconds = 0, error = 0;
};

/// What one more hit cost the target's calls: of all bursts together the difference, the error from how bursts differ.
std::optional<Cost> compared_cost(const Bursts& bursts) {
  std::vector<std::pair<double, double>> pairs;  // CPU seconds and hits that calls took more when hit twice
  double seconds = 0, hits = 0;
  for (const auto& [once, twice] : bursts) {
    if (once.calls <= 0 || twice.calls <= 0) continue;
    const double weight = once.calls * twice.calls / (once.calls + twice.calls);
    const double more_hits = twice.hits / twice.calls - once.hits / once.calls;
    if (more_hits < least_more_hits) continue;
    const double more_seconds = twice.cpu_seconds / twice.calls - once.cpu_seconds / once.calls;
    pairs.emplace_back(weight * more_seconds, weight * more_hits);
    seconds += pairs.back().first;
    hits += pairs.back().second;
  }
  if (pairs.size() < least_bursts) return std::nullopt;
  Cost cost{cold * seconds / hits, 0};
  const auto n = static_cast<double>(pairs.size());
  double squares = 0;
  for (const auto& [more_seconds, more_hits] : pairs)
    squares += std::pow(cold * more_seconds - cost.seconds * more_hits, 2);
  cost.error = student_t(pairs.size()) * std::sqrt(n / (n - 1) * squares) / hits;
  return cost;
}

ProbedTime hit_once(const Bursts& bursts) {
  ProbedTime sum;
  for (const AllocationBurst& burst : bursts) sum.add(burst.once);
  return sum;
}

double rate_of(const Bursts& bursts, double own_cost, double weight) {
  const auto compared = compared_cost(bursts);
  const double cost = compared ? weight * compared->seconds + (1 - weight) * own_cost : own_cost;
  const ProbedTime sum = hit_once(bursts);
  const double own = sum.cpu_seconds - sum.hits * cost;
  return own > 0 ? sum.calls / own : 0;
}

/// Of the rate, as a part of it.
double error_of_bursts(const Bursts& bursts, double own_cost, double weight) {
  std::vector<double> without_one;
  for (std::size_t i = 0; i < bursts.size(); ++i) {
    Bursts others = bursts;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    const double rate = rate_of(others, own_cost, weight);
    if (rate <= 0) return 1;
    without_one.push_back(rate);
  }
  const auto n = static_cast<double>(without_one.size());
  const double mean = std::accumulate(without_one.begin(), without_one.end(), 0.0) / n;
  double squares = 0;
  for (const double rate : without_one) squares += std::pow(rate / mean - 1, 2);
  return student_t(without_one.size()) * std::sqrt((n - 1) / n * squares);
}

}  // namespace

AllocationRate allocation_rate(const Bursts& bursts, double warm_hit_seconds, double unclocked_share) {
  AllocationRate rate;
  const double own_hit_seconds = cold * warm_hit_seconds;
  rate.hit_seconds = own_hit_seconds;
  const ProbedTime once = hit_once(bursts);
  if (once.cpu_seconds <= 0) return rate;
  rate.least_per_cpu_second = once.calls / once.cpu_seconds;
  double cost_error = own_cost_error * own_hit_seconds;
  double weight = 0;
  if (const auto compared = compared_cost(bursts)) {
    rate.is_compared = true;
    const double spread = std::hypot(compared->error, second_hit_error * own_hit_seconds);
    weight = cost_error * cost_error / (cost_error * cost_error + spread * spread);
    rate.hit_seconds = std::max(0.0, weight * compared->seconds + (1 - weight) * own_hit_seconds);
    // What the scatter of bursts does not show of it; and if the two contradict each other, by how much.
    cost_error = (1 - weight) * (cost_error + std::abs(compared->seconds - own_hit_seconds)) +
                 weight * second_hit_error * own_hit_seconds;
  }
  ProbedTime all = once;
  for (const AllocationBurst& burst : bursts) all.add(burst.twice);
  rate.drag = std::clamp(all.hits * rate.hit_seconds / all.cpu_seconds, 0.0, 1.0);
  const double own = once.cpu_seconds - once.hits * rate.hit_seconds;
  if (own <= 0) return rate;
  rate.per_cpu_second = once.calls / own;
  if (bursts.size() < least_bursts) return rate;
  rate.error =
      std::hypot(cost_error * once.hits / own, error_of_bursts(bursts, own_hit_seconds, weight)) + unclocked_share / 2;
  rate.is_known = *rate.error <= most_error;
  return rate;
}

}  // namespace faultline
