// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "advisor/model/fact.h"

namespace faultline::measure {

/// What memory on another node than the threads costs at most, as a share of the time base: numa.time_share.
void add_placement_facts(FactSet& facts);

}  // namespace faultline::measure
