// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "advisor/host/proc.h"

namespace faultline::target {

/// glibc arenas by their heaps in the address space, the main arena counted. An arena may own several heaps, so this
/// is an upper bound. A heap is 64 MiB, aligned to that, writable from its start and then reserved without access
/// (glibc malloc/arena.c, new_heap); 64-bit, without the hugetlb tunable.
unsigned count_arenas(const std::vector<host::Mapping>& mappings);

}  // namespace faultline::target
