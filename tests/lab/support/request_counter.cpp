// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/support/request_counter.h"

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

namespace faultline::lab {

using Served = std::atomic<std::uint64_t>;
static_assert(Served::is_always_lock_free && sizeof(Served) == 8, "another process reads it as a plain number");

RequestCounter::RequestCounter(const std::string& path) {
  if (path.empty()) return;
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  void* memory = MAP_FAILED;
  if (fd >= 0 && ::ftruncate(fd, sizeof(Served)) == 0) {
    memory = ::mmap(nullptr, sizeof(Served), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  }
  if (fd >= 0) ::close(fd);
  if (memory == MAP_FAILED) {
    std::perror(("--counter " + path).c_str());
    std::exit(64);
  }
  served_ = new (memory) Served(0);
}

RequestCounter::~RequestCounter() {
  if (served_ != nullptr) ::munmap(served_, sizeof(Served));
}

}  // namespace faultline::lab
