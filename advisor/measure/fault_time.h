// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "advisor/model/fact.h"
#include "advisor/model/snapshot.h"

namespace faultline::measure {

/// What page faults cost, as shares of the time base (CPU time and waiting for a CPU), and which of them are whose.
struct FaultTime {
  double share = 0;           ///< of the time base
  double anonymous_part = 0;  ///< 0 to 1, of the minor faults and of `share`
  double file_part = 0;       ///< 0 to 1, of `share`
  bool least = false;         ///< too few samples for an estimate: at least this much
};

/// From the samples of the profile. Where they are too few to tell, at least what the counted faults cost at
/// host.ns_per_fault, or what so few samples allow, whichever is more. Nothing without a profile or a time base.
std::optional<FaultTime> fault_time(const Host& host, const FactSet& facts);

/// What `faults.minor.count` faults cost at the calibrated cost of one, as a share of the time base.
std::optional<double> counted_fault_share(const Host& host, const FactSet& facts);

}  // namespace faultline::measure
