// SPDX-License-Identifier: Apache-2.0
// Healthy: a heap as runtimes with a garbage collector have it. A big range is reserved, much of it is in use from the
// start, requests take from a young space by moving a pointer, and when that is full the few survivors are copied.
//   --threads N  --rate R  --heap-mib N  --young-mib N
#include <cstdlib>
#include <cstring>
#include <memory>
#include <sys/mman.h>

#include "tests/lab/support/serve.h"
#include "tests/lab/support/work.h"

namespace faultline::lab {
namespace {

constexpr std::size_t reserved_bytes = std::size_t{4} << 30;
constexpr std::size_t object_bytes = 256;
constexpr std::size_t objects_a_request = 2000;
constexpr std::size_t survivors_of = 20;  // one object of so many

class Heap {
 public:
  Heap(std::size_t old_bytes, std::size_t young_bytes) : old_bytes_(old_bytes), young_bytes_(young_bytes) {
    void* const range = ::mmap(nullptr, reserved_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (range == MAP_FAILED || ::mprotect(range, old_bytes + young_bytes, PROT_READ | PROT_WRITE) != 0) std::abort();
    old_ = static_cast<char*>(range);
    young_ = old_ + old_bytes;
    std::memset(old_, 1, old_bytes + young_bytes);
  }
  ~Heap() { ::munmap(old_, reserved_bytes); }
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  void* take() {
    if (young_used_ + object_bytes > young_bytes_) collect();
    char* const object = young_ + young_used_;
    young_used_ += object_bytes;
    return object;
  }

 private:
  void collect() {
    for (std::size_t at = 0; at + object_bytes <= young_used_; at += object_bytes * survivors_of) {
      if (old_used_ + object_bytes > old_bytes_) old_used_ = 0;
      std::memcpy(old_ + old_used_, young_ + at, object_bytes);
      old_used_ += object_bytes;
    }
    young_used_ = 0;
  }

  std::size_t old_bytes_;
  std::size_t young_bytes_;
  char* old_ = nullptr;
  char* young_ = nullptr;
  std::size_t old_used_ = 0;
  std::size_t young_used_ = 0;
};

}  // namespace
}  // namespace faultline::lab

int main(int argc, char** argv) {
  using namespace faultline::lab;
  Flags flags(argc, argv);
  const Load load = load_from(flags, {.threads = 2, .requests_per_second = 1000, .seconds = 0});
  const auto mebibytes = [&](const char* name, double otherwise) {
    return static_cast<std::size_t>(flags.number(name, otherwise) * 1024 * 1024) / std::max(1U, load.threads);
  };
  const std::size_t old_bytes = mebibytes("heap-mib", 512);
  const std::size_t young_bytes = mebibytes("young-mib", 64);
  flags.finish();
  return serve(load, [&](unsigned) -> Request {
    const auto heap = std::make_shared<Heap>(old_bytes, young_bytes);
    return [heap] {
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < objects_a_request; ++i) {
        void* const object = heap->take();
        std::memset(object, static_cast<int>(i & 0xff), object_bytes);
        sum += checksum(object, object_bytes / 2);
      }
      consume(sum);
    };
  });
}
