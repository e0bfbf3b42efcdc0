// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/observer_cost.h"

#include <algorithm>

#include "advisor/measure/fault_bursts.h"

namespace faultline::measure {
namespace {

// A sample costs the target an interrupt with two stack walks: about 10 us on the machines it was measured on
// (tests/bench/overhead measures the whole). All else is read from files.
constexpr double sample_seconds = 10e-6;

}  // namespace

ObserverCost observer_cost(const FactSet& facts, double own_cpu_seconds, std::size_t targets) {
  ObserverCost cost;
  cost.cpu_seconds = own_cpu_seconds / static_cast<double>(std::max<std::size_t>(1, targets));
  const auto cpu = facts.number("cpu.time.seconds");
  const auto samples = facts.number("profile.samples.count");
  if (!cpu || *cpu <= 0 || !samples) return cost;
  const double watched = facts.number("faults.watched.count").value_or(0);
  const double waits = facts.number("mmap_lock.waits.seen.count").value_or(0);
  const double probed = facts.number("allocations.probed.count").value_or(0);
  const double hit_seconds = facts.number("allocations.hit_ns").value_or(0) * 1e-9;
  const double taken = *samples * sample_seconds + watched * WatchCost::own_fault_seconds +
                       waits * WatchCost::contention_seconds + probed * hit_seconds;
  cost.target_share = taken / *cpu;
  return cost;
}

}  // namespace faultline::measure
