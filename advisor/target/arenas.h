// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "advisor/host/proc.h"

namespace faultline::target {

/// glibc arenas by their heaps in the address space, the main arena counted. An arena may own several heaps, so this
/// is an upper bound. A heap is 64 MiB, aligned to that, writable from its start and then reserved without access
/// (glibc malloc/arena.c, new_heap); 64-bit, without the hugetlb tunable.
unsigned count_arenas(const std::vector<host::Mapping>& mappings);

/// Whether the mapping at `index` is the used part of such a heap.
bool is_arena_heap(const std::vector<host::Mapping>& mappings, std::size_t index);

}  // namespace faultline::target
