// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "advisor/host/address_space_probe.h"
#include "advisor/host/thread_clocks.h"
#include "advisor/ladder/support/probe_readings.h"

namespace faultline::measure {

/// What a burst may take.
struct BurstLimits {
  double longest_seconds = 0;
  double hits = 0;         ///< from now on
  double hit_seconds = 0;  ///< what one costs, as far as it is known
  ProbedTime before = {};  ///< earlier bursts
};

/// One burst of counting on a target whose entries are probed; blocks. Where the cost of hits matters for the rate, the
/// second instructions are probed in the middle half of it (A B B A, so that what changes evenly meanwhile is in both):
/// `probe_second` does that, and is empty where there are none.
AllocationBurst count_a_burst(host::AddressSpaceProbe& probe, unsigned target, const host::ThreadClocks& clocks,
                              const BurstLimits& limits, const std::function<void()>& probe_second);

}  // namespace faultline::measure
