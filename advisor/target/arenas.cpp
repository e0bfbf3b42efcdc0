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
    if (is_arena_heap(mappings, i)) ++arenas;
  }
  return arenas;
}

bool is_arena_heap(const std::vector<host::Mapping>& mappings, std::size_t index) {
  const host::Mapping& heap = mappings[index];
  if (!starts_a_heap(heap)) return false;
  const std::uint64_t limit = heap.start + heap_bytes;
  const bool is_full = heap.end == limit;
  const bool has_reserve = index + 1 < mappings.size() && mappings[index + 1].start == heap.end &&
                           mappings[index + 1].end == limit && !mappings[index + 1].readable &&
                           !mappings[index + 1].writable;
  return is_full || has_reserve;
}

}  // namespace faultline::target
