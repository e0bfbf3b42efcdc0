// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "advisor/model/fact.h"
#include "advisor/model/snapshot.h"

namespace faultline::measure {

/// What an audit took: our own CPU time, shared by its targets, and an estimate of what it took from this one.
ObserverCost observer_cost(const FactSet& facts, double own_cpu_seconds, std::size_t targets);

}  // namespace faultline::measure
