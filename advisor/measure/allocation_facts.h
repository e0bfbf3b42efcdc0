// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "advisor/model/fact.h"

namespace faultline::measure {

/// Calls of the allocator a second, what one costs, and how many faults there are for each.
void add_allocation_facts(FactSet& facts);

}  // namespace faultline::measure
