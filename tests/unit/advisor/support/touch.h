// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdlib>
#include <sys/mman.h>

namespace faultline::test {

inline constexpr std::size_t page_bytes = 4096;

/// Fresh memory in pages of 4 KiB, private to the process and to each child that is forked from it.
inline char* fresh_pages(std::size_t pages) {
  void* const memory = ::mmap(nullptr, pages * page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  ::madvise(memory, pages * page_bytes, MADV_NOHUGEPAGE);
  return static_cast<char*>(memory);
}

/// Writes a byte to each page. Not instrumented: a sanitizer would fault on its shadow beside it.
[[gnu::noinline, gnu::no_sanitize("address", "undefined", "thread")]] inline void touch(char* memory,
                                                                                        std::size_t pages) {
  for (std::size_t i = 0; i < pages; ++i) static_cast<volatile char*>(memory)[i * page_bytes] = 1;
}

}  // namespace faultline::test
