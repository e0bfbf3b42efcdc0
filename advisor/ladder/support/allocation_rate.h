// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "advisor/ladder/support/probe_readings.h"

namespace faultline {

/// How often the allocator is called, freed of what the probes took.
struct AllocationRate {
  double per_cpu_second = 0;         ///< calls for each second of CPU time of the target's own
  double least_per_cpu_second = 0;   ///< it is not less
  double hit_seconds = 0;            ///< what a hit cost in the target
  bool is_compared = false;          ///< the target's own calls, hit once and hit twice, have a part in that
  double drag = 0;                   ///< part of the CPU time in the bursts that was the probes'
  std::optional<double> error = {};  ///< how much it may be off, as a part of it: 19 times of 20
  bool is_known = false;             ///< the error is small enough to say it
};

/// By CPU time and not by the clock, as probes slow a busy target down and let a waiting one run longer, and neither
/// changes how many calls its work needs. A burst weighs as much as the target ran in it. The cost of a hit is the one
/// that was measured on a function of our own, together with what a second hit cost calls of the target itself; the
/// error comes from both and from how bursts differ, each left out in turn (the jackknife; Efron, The Jackknife, the
/// Bootstrap and Other Resampling Plans, 1982, ch. 2).
AllocationRate allocation_rate(const std::vector<AllocationBurst>& bursts, double warm_hit_seconds,
                               double unclocked_share);

}  // namespace faultline
