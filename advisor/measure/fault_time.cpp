// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/fault_time.h"

#include <algorithm>
#include <cmath>

#include "advisor/measure/running_share.h"

namespace faultline::measure {
namespace {

/// Fewer samples of the fault path are no estimate of a share: ten are right to a third, three to two thirds.
constexpr double enough_fault_samples = 10;

/// The least number that can be expected where `seen` were, at 95 %: the lower limit of a Poisson mean, in Wilson and
/// Hilferty's approximation of chi-square (Proc. N.A.S. 17, 1931).
double least_expected(double seen) {
  if (seen <= 0) return 0;
  return seen * std::pow(std::max(0.0, 1 - 1 / (9 * seen) - 1.645 / (3 * std::sqrt(seen))), 3);
}

double part_of(double part, double whole) { return whole > 0 ? std::clamp(part / whole, 0.0, 1.0) : 0.0; }

}  // namespace

std::optional<double> counted_fault_share(const Host& host, const FactSet& facts) {
  const auto faults = facts.number("faults.minor.count");
  const auto base = facts.number("time.base.seconds");
  if (!faults || !base || *base <= 0 || !host.ns_per_fault) return std::nullopt;
  return std::min(1.0, *faults * *host.ns_per_fault * 1e-9 / *base);
}

std::optional<FaultTime> fault_time(const Host& host, const FactSet& facts) {
  const auto path = facts.number("profile.fault_path.share");
  const auto anon = facts.number("profile.fault_anon.share");
  const auto file = facts.number("profile.fault_file.share");
  const auto running = running_share(facts);
  if (!path || !anon || !file || !running) return std::nullopt;
  const auto samples = facts.number("profile.samples.count");
  const auto counted = counted_fault_share(host, facts);
  if (!samples || *path * *samples >= enough_fault_samples || !counted) {
    return FaultTime{*path * *running, part_of(*anon, *path), part_of(*file, *path), false};
  }
  // What kind of fault a page takes is as uncertain as the time. One more sample says anonymous, as most faults of a
  // service that has started are: without any sample all are.
  const double fault_samples = *path * *samples;
  FaultTime time;
  time.share = std::max(*counted, *samples > 0 ? least_expected(fault_samples) / *samples * *running : 0.0);
  time.anonymous_part = (*anon * *samples + 1) / (fault_samples + 1);
  time.file_part = *file * *samples / (fault_samples + 1);
  time.least = true;
  return time;
}

}  // namespace faultline::measure
