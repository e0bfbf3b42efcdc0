// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "advisor/model/fact.h"
#include "advisor/model/snapshot.h"

namespace faultline::measure {

/// Facts that follow from those of several rungs: which faults were first touches and which refaults, what faults,
/// throttling, queueing and page walks cost as a share of time. Pure. Estimates are marked so; what an unknown fact
/// feeds is unknown too.
void add_derived_facts(const Host& host, FactSet& facts);

}  // namespace faultline::measure
