// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/fault_bursts.h"

#include <algorithm>
#include <limits>

namespace faultline::measure {
namespace {

// A burst shorter than this sees few cycles of giving back and touching again.
constexpr double least_burst_seconds = 0.02;
// Of the places for pages (advisor/host/bpf/address_space.h) some are for pages of later bursts.
constexpr double pages_to_begin_with = 8192;
constexpr unsigned most_page_bits = 20;
constexpr double no_time = 1e-9;

/// Seconds after which faults at this rate have cost `budget_seconds`.
double seconds_for(double budget_seconds, double faults_a_second, double fault_seconds) {
  const double cost_a_second = faults_a_second * fault_seconds;
  return cost_a_second > 0 ? budget_seconds / cost_a_second : std::numeric_limits<double>::infinity();
}

/// What the targets can bear up to now, at `fault_seconds` a fault.
double own_seconds(const FaultRates& rates, double fault_seconds) {
  const double budget = WatchCost::share * std::max(tick_seconds, rates.cpu_seconds);
  return seconds_for(budget, rates.own_faults / std::max(rates.seconds, no_time), fault_seconds);
}

double burst(const FaultRates& rates, double allowed, double longest_seconds) {
  if (rates.seconds <= 0 || longest_seconds < least_burst_seconds) return 0;
  return allowed < least_burst_seconds ? 0 : std::min(allowed, longest_seconds);
}

}  // namespace

bool is_look(unsigned slice) { return slice != 0 && (slice & (slice - 1)) == 0; }

double burst_seconds(const FaultRates& rates, double watched_seconds, double longest_seconds) {
  const double others =
      seconds_for(WatchCost::share * rates.seconds * rates.cpus, rates.other_faults / std::max(rates.seconds, no_time),
                  WatchCost::other_fault_seconds);
  return burst(rates, std::min(own_seconds(rates, WatchCost::own_fault_seconds), others) - watched_seconds,
               longest_seconds);
}

double sampled_burst_seconds(const FaultRates& rates, double watched_seconds, double longest_seconds) {
  return burst(rates, own_seconds(rates, WatchCost::sampled_fault_seconds) - watched_seconds, longest_seconds);
}

unsigned first_page_bits(double faults) {
  unsigned bits = 0;
  for (double pages = faults; pages > pages_to_begin_with && bits < most_page_bits; pages /= 2) ++bits;
  return bits;
}

}  // namespace faultline::measure
