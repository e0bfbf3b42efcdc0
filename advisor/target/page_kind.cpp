// SPDX-License-Identifier: Apache-2.0
#include "advisor/target/page_kind.h"

#include <algorithm>

#include "advisor/target/arenas.h"

namespace faultline::target {

PageKind page_kind(const std::vector<host::Mapping>& mappings, std::uint64_t address) {
  const auto at = std::partition_point(mappings.begin(), mappings.end(),
                                       [&](const host::Mapping& mapping) { return mapping.end <= address; });
  if (at == mappings.end() || address < at->start) return PageKind::gone;
  if (at->path == "[heap]") return PageKind::heap;
  if (at->path == "[stack]") return PageKind::stack;
  // Shared anonymous memory is a file of tmpfs to the kernel (mm/shmem.c, shmem_zero_setup).
  if (at->inode != 0 || at->shared) return PageKind::file;
  return is_arena_heap(mappings, static_cast<std::size_t>(at - mappings.begin())) ? PageKind::arena
                                                                                  : PageKind::anonymous;
}

}  // namespace faultline::target
