// SPDX-License-Identifier: Apache-2.0
// Reads memory that was touched once, from all of it, with nothing else to do. Healthy as it is; remote where it is
// started with its threads on one NUMA node and its memory on another.   --threads N  --rate R  --memory-mib N
#include <algorithm>
#include <memory>
#include <random>
#include <sys/mman.h>

#include "tests/lab/support/serve.h"
#include "tests/lab/support/work.h"

namespace faultline::lab {
namespace {

constexpr std::size_t read_bytes = 64U << 10U;

class TouchedMemory {
 public:
  explicit TouchedMemory(std::size_t bytes) : bytes_(std::max(bytes, read_bytes)) {
    void* const memory =
        ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    start_ = static_cast<char*>(memory);
  }
  ~TouchedMemory() { ::munmap(start_, bytes_); }
  TouchedMemory(const TouchedMemory&) = delete;
  TouchedMemory& operator=(const TouchedMemory&) = delete;
  [[nodiscard]] std::uint64_t read_at(std::size_t at) const { return checksum(start_ + at, read_bytes); }
  [[nodiscard]] std::size_t last() const { return bytes_ - read_bytes; }

 private:
  std::size_t bytes_;
  char* start_ = nullptr;
};

}  // namespace
}  // namespace faultline::lab

int main(int argc, char** argv) {
  using namespace faultline::lab;
  Flags flags(argc, argv);
  const Load load = load_from(flags, {.threads = 1, .requests_per_second = 0, .seconds = 0});
  const double memory_bytes = flags.number("memory-mib", 256) * 1024 * 1024;
  flags.finish();
  const auto share_bytes = static_cast<std::size_t>(memory_bytes / std::max(1U, load.threads));
  return serve(load, [&](unsigned worker) -> Request {
    const auto memory = std::make_shared<TouchedMemory>(share_bytes);
    return [memory, random = std::mt19937_64(worker)]() mutable {
      consume(memory->read_at(std::uniform_int_distribution<std::size_t>(0, memory->last())(random)));
    };
  });
}
