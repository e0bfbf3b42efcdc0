// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "advisor/host/address_space_probe.h"

namespace faultline::host {

/// What probing costs here and now.
struct HitCost {
  double seconds = 0;  ///< of CPU time, for each call of a probed function
};

/// Measured on a function of our own with the very program that counts a target's calls: 0.45 us on most machines, 5 us
/// and more where a hypervisor has to carry the breakpoint out. A few milliseconds of CPU time; the process must not be
/// followed yet. Errors: those of attach_entries(); unsupported off x86-64, and before 6.10.
Result<HitCost> measure_hit_cost(AddressSpaceProbe& probe, const Machine& machine);

}  // namespace faultline::host
