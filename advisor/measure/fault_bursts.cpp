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
// /proc/PID/stat counts CPU time in ticks: less than one is not nothing.
constexpr double tick_seconds = 0.01;

/// Seconds after which faults at this rate have cost `budget_seconds`.
double seconds_for(double budget_seconds, double faults_a_second, double fault_seconds) {
  const double cost_a_second = faults_a_second * fault_seconds;
  return cost_a_second > 0 ? budget_seconds / cost_a_second : std::numeric_limits<double>::infinity();
}

}  // namespace

bool is_look(unsigned slice) { return slice != 0 && (slice & (slice - 1)) == 0; }

double burst_seconds(const FaultRates& rates, double watched_seconds, double longest_seconds) {
  if (rates.seconds <= 0 || longest_seconds < least_burst_seconds) return 0;
  const double own_budget = WatchCost::share * std::max(tick_seconds, rates.cpu_seconds);
  const double other_budget = WatchCost::share * rates.seconds * rates.cpus;
  const double allowed =
      std::min(seconds_for(own_budget, rates.own_faults / rates.seconds, WatchCost::own_fault_seconds),
               seconds_for(other_budget, rates.other_faults / rates.seconds, WatchCost::other_fault_seconds)) -
      watched_seconds;
  return allowed < least_burst_seconds ? 0 : std::min(allowed, longest_seconds);
}

unsigned first_page_bits(double faults) {
  unsigned bits = 0;
  for (double pages = faults; pages > pages_to_begin_with && bits < most_page_bits; pages /= 2) ++bits;
  return bits;
}

}  // namespace faultline::measure
