// SPDX-License-Identifier: Apache-2.0
// Refaults that no allocator setting cures: the program maps its own buffer and gives it back itself.
//   --threads N  --rate R  --buffer-kib N  --unmap: munmap and mmap for each request, instead of MADV_DONTNEED
#include <cstdlib>
#include <cstring>
#include <memory>
#include <sys/mman.h>

#include "tests/lab/support/serve.h"
#include "tests/lab/support/work.h"

namespace faultline::lab {
namespace {

class Mapping {
 public:
  explicit Mapping(std::size_t bytes)
      : memory_(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)), bytes_(bytes) {
    if (memory_ == MAP_FAILED) std::abort();
  }
  ~Mapping() { ::munmap(memory_, bytes_); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  void decode_into() const {
    std::memset(memory_, 0x5a, bytes_);
    consume(checksum(memory_, bytes_ / 16));
  }
  void give_back() const {
    if (::madvise(memory_, bytes_, MADV_DONTNEED) != 0) std::abort();
  }

 private:
  void* memory_;
  std::size_t bytes_;
};

}  // namespace
}  // namespace faultline::lab

int main(int argc, char** argv) {
  using namespace faultline::lab;
  Flags flags(argc, argv);
  const Load load = load_from(flags, {.threads = 2, .requests_per_second = 700, .seconds = 0});
  const auto bytes = static_cast<std::size_t>(flags.number("buffer-kib", 1024) * 1024);
  const bool unmap = flags.given("unmap");
  flags.finish();
  return serve(load, [&](unsigned) -> Request {
    if (unmap) return [bytes] { Mapping(bytes).decode_into(); };
    const auto mapping = std::make_shared<Mapping>(bytes);
    return [mapping] {
      mapping->decode_into();
      mapping->give_back();
    };
  });
}
