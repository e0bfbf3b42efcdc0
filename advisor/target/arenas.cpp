// SPDX-License-Identifier: Apache-2.0
#include "advisor/target/arenas.h"

namespace faultline::target {
namespace {

constexpr std::uint64_t heap_bytes = 64ULL << 20U;  // HEAP_MAX_SIZE = 2 * DEFAULT_MMAP_THRESHOLD_MAX

bool is_anonymous(const host::Mapping& mapping) {
  return mapping.inode == 0 && (mapping.path.empty() || mapping.path.starts_with("[anon: glibc: malloc arena"));
}

bool starts_a_heap(const host::Mapping& mapping) {
  return is_anonymous(mapping) && mapping.start % heap_bytes == 0 && mapping.readable && mapping.writable &&
         !mapping.executable && !mapping.shared;
}

}  // namespace

unsigned count_arenas(const std::vector<host::Mapping>& mappings) {
  unsigned arenas = 1;
  for (std::size_t i = 0; i < mappings.size(); ++i) {
    const host::Mapping& heap = mappings[i];
    if (!starts_a_heap(heap)) continue;
    const std::uint64_t limit = heap.start + heap_bytes;
    const bool is_full = heap.end == limit;
    const bool has_reserve = i + 1 < mappings.size() && mappings[i + 1].start == heap.end &&
                             mappings[i + 1].end == limit && !mappings[i + 1].readable && !mappings[i + 1].writable;
    if (is_full || has_reserve) ++arenas;
  }
  return arenas;
}

}  // namespace faultline::target
