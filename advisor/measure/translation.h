// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "advisor/model/fact.h"
#include "advisor/model/snapshot.h"

namespace faultline::measure {

/// What address translation costs and how much memory the TLB would have to reach: of the tlb and memory rungs.
void add_translation_facts(const Host& host, FactSet& facts);

}  // namespace faultline::measure
