// SPDX-License-Identifier: Apache-2.0
// Waits for mmap_lock: each request maps a buffer of its own, touches a page of it and unmaps it, and a thread beside
// them changes the protection of touched memory to and fro, as a garbage collector or a JIT does; the lock is held for
// writing while all its page tables are walked.
//   --threads N  --rate R  --buffer-kib N  --protect-mib N (0: nobody does)  --protect-every-ms N
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <sys/mman.h>
#include <thread>

#include "tests/lab/support/serve.h"

namespace faultline::lab {
namespace {

void* map(std::size_t bytes) {
  void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  return memory;
}

/// Changes the protection of its memory until it is destroyed.
class Protector {
 public:
  Protector(std::size_t bytes, std::chrono::milliseconds pause) {
    if (bytes == 0) return;
    void* const memory = map(bytes);
    // A huge page is one entry: it would be over too soon.
    ::madvise(memory, bytes, MADV_NOHUGEPAGE);
    std::memset(memory, 1, bytes);
    thread_ = std::jthread([memory, bytes, pause](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        ::mprotect(memory, bytes, PROT_READ);
        ::mprotect(memory, bytes, PROT_READ | PROT_WRITE);
        std::this_thread::sleep_for(pause);
      }
    });
  }

 private:
  std::jthread thread_;
};

void answer(std::size_t bytes) {
  void* const memory = map(bytes);
  *static_cast<volatile char*>(memory) = 1;
  ::munmap(memory, bytes);
}

}  // namespace
}  // namespace faultline::lab

int main(int argc, char** argv) {
  using namespace faultline::lab;
  Flags flags(argc, argv);
  const Load load = load_from(flags, {.threads = 2, .requests_per_second = 2000, .seconds = 0});
  const auto bytes = static_cast<std::size_t>(flags.number("buffer-kib", 64) * 1024);
  const auto protected_bytes = static_cast<std::size_t>(flags.number("protect-mib", 64) * 1024 * 1024);
  const std::chrono::milliseconds pause(static_cast<int>(flags.number("protect-every-ms", 2)));
  flags.finish();
  const Protector protector(protected_bytes, pause);
  return serve(load, [&](unsigned) -> Request { return [bytes] { answer(bytes); }; });
}
