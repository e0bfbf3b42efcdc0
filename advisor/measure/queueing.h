// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "advisor/model/fact.h"

namespace faultline::measure {

/// How long the target's threads queued for a CPU and behind whom: others on its CPUs, or each other. Needs
/// throttling.time_share, since threads that a quota stops are ready and do not run either.
void add_queueing_facts(FactSet& facts);

}  // namespace faultline::measure
