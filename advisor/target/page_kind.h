// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "advisor/host/proc.h"

namespace faultline::target {

/// What an address belongs to.
enum class PageKind : std::uint8_t {
  heap,       ///< the brk heap: glibc's main arena
  arena,      ///< a heap of one of glibc's other arenas
  anonymous,  ///< other private memory: large blocks, other allocators, managed heaps, the program's own
  stack,      ///< of the main thread; those of others are anonymous memory with nothing to tell them by
  file,       ///< a file or shared memory
  gone        ///< nothing is mapped there (any more)
};
inline constexpr std::size_t kinds_of_page = 6;

/// Tells it from mappings sorted by address, as the kernel lists them.
PageKind page_kind(const std::vector<host::Mapping>& mappings, std::uint64_t address);

}  // namespace faultline::target
