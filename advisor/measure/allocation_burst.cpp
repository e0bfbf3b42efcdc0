// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/allocation_burst.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "advisor/measure/clock.h"

namespace faultline::measure {
namespace {

using Site = host::AddressSpaceProbe::Site;

// The first look, to know the rate.
constexpr double first_seconds = 2e-3;
// After each the budget is looked at again.
constexpr double step_seconds = 5e-3;
// A part of the target's own time that hits take, from which on their cost has to be known well.
constexpr double drag_that_matters = 0.1;
// A call hit once, twice, twice and once.
constexpr double hits_of_a_comparison = 6;
// Calls and clocks belong together: a reading that took longer was interrupted, and is taken again.
constexpr double short_reading_seconds = 2e-4;
constexpr int most_readings = 4;

class Burst {
 public:
  Burst(host::AddressSpaceProbe& probe, unsigned target, const host::ThreadClocks& clocks, const BurstLimits& limits)
      : probe_(probe), target_(target), clocks_(clocks), limits_(limits), began_(Clock::now()), first_(read()) {}

  /// Counts for so long, or until a limit is reached.
  ProbedTime count(double seconds) {
    const auto began = Clock::now();
    const ProbedTime before = read();
    ProbedTime now = before;
    double rest = std::min(seconds, seconds_left());
    while (rest > 0 && now.hits - first_.hits < limits_.hits) {
      std::this_thread::sleep_for(std::chrono::duration<double>(std::min(rest, step_seconds)));
      now = read();
      rest = std::min(seconds - seconds_since(began), seconds_left());
    }
    hits_ = now.hits - first_.hits;
    return {now.calls - before.calls, now.hits - before.hits, now.cpu_seconds - before.cpu_seconds,
            now.seconds - before.seconds};
  }
  [[nodiscard]] double seconds_left() const { return limits_.longest_seconds - seconds_since(began_); }
  [[nodiscard]] double hits_left() const { return limits_.hits - hits_; }

 private:
  /// So far: calls since the probe was opened, times since the clocks and the burst were.
  [[nodiscard]] ProbedTime read() const {
    ProbedTime best;
    double shortest = 1;
    for (int i = 0; i < most_readings && shortest > short_reading_seconds; ++i) {
      const auto began = Clock::now();
      const auto counts = probe_.allocations(target_);
      const double cpu_seconds = clocks_.seconds();
      const double lasted = seconds_since(began);
      if (!counts || (i > 0 && lasted >= shortest)) continue;
      shortest = lasted;
      best = {static_cast<double>(counts->counted), static_cast<double>(counts->hits), cpu_seconds,
              seconds_since(began_)};
    }
    return best;
  }

  host::AddressSpaceProbe& probe_;
  unsigned target_;
  const host::ThreadClocks& clocks_;
  BurstLimits limits_;
  Clock::time_point began_;
  ProbedTime first_;
  double hits_ = 0;
};

bool cost_matters(const ProbedTime& seen, double hit_seconds) {
  const double taken = seen.hits * hit_seconds;
  return taken > drag_that_matters * std::max(0.0, seen.cpu_seconds - taken) && seen.hits > 0;
}

}  // namespace

AllocationBurst count_a_burst(host::AddressSpaceProbe& probe, unsigned target, const host::ThreadClocks& clocks,
                              const BurstLimits& limits, const std::function<void()>& probe_second) {
  Burst burst(probe, target, clocks, limits);
  AllocationBurst counted{burst.count(first_seconds)};
  // A moment of so short a look may be one in which the target slept.
  ProbedTime known = limits.before;
  known.add(counted.once);
  if (!probe_second || !cost_matters(known, limits.hit_seconds)) {
    counted.once.add(burst.count(burst.seconds_left()));
    return counted;
  }
  const double quarter =
      std::min(burst.seconds_left() / 4, burst.hits_left() / (hits_of_a_comparison * known.hits / known.seconds));
  if (quarter <= 0) return counted;
  counted.once.add(burst.count(quarter));
  probe_second();
  counted.twice = burst.count(2 * quarter);
  probe.detach_entries(Site::second);
  counted.once.add(burst.count(quarter));
  return counted;
}

}  // namespace faultline::measure
