// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <sys/mman.h>

#include "tests/unit/advisor/support/touch.h"

namespace faultline::test {

/// Memory that a child, forked from the test, touches and gives back: each page faults once a time.
class ReturnedPages {
 public:
  explicit ReturnedPages(std::size_t pages) : pages_(pages), memory_(fresh_pages(pages)) {}
  ReturnedPages(const ReturnedPages&) = delete;
  ReturnedPages& operator=(const ReturnedPages&) = delete;
  ~ReturnedPages() { ::munmap(memory_, bytes()); }

  [[nodiscard]] std::function<void()> give_back_and_touch() const {
    return [this] {
      touch_all();
      ::madvise(memory_, bytes(), MADV_DONTNEED);
    };
  }
  void touch_all() const { touch(memory_, pages_); }
  /// Of the test's own memory: a sanitizer's is touched too.
  [[nodiscard]] bool holds(std::uint64_t address) const {
    const auto start = reinterpret_cast<std::uint64_t>(memory_);
    return address >= start && address < start + bytes();
  }

 private:
  [[nodiscard]] std::size_t bytes() const { return pages_ * page_bytes; }
  std::size_t pages_;
  char* memory_;
};

}  // namespace faultline::test
