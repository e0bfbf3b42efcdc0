// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "advisor/model/change.h"
#include "advisor/model/diagnosis.h"
#include "advisor/model/snapshot.h"

namespace faultline::cli {

/// What a diagnosis comes down to: of each finding the first fix that applies and that the unit does not defeat, all
/// of them in one drop-in. The fixes after it stay possible and are not mixed in: two ways out of one cost are one too
/// many. Where no unit is known, one named after the program stands for it, and a note of the change says so.
Rendering changes_for(const Snapshot& snapshot, const std::vector<Finding>& findings);

}  // namespace faultline::cli
