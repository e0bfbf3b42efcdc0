// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "advisor/model/fact.h"

namespace faultline::measure {

/// Adds mmap_lock.time_share: sleeping at the lock, and spinning for it, which only the profile sees.
void add_lock_time(FactSet& facts);

}  // namespace faultline::measure
