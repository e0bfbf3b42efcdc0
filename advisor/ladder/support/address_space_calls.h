// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "advisor/host/address_space_probe.h"

namespace faultline {

/// What took an mmap_lock, in words: "munmap", "madvise HUGEPAGE", "another process", "call 61".
std::string name_of_taker(const host::LockTaker& taker);

}  // namespace faultline
