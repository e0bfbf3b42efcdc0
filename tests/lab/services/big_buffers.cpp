// SPDX-License-Identifier: Apache-2.0
// A refault wall of another kind: each request takes one big buffer from malloc and frees it. A buffer above the mmap
// threshold is mapped and unmapped each time: one above 32 MiB always, a smaller one where the threshold is fixed
// (MALLOC_MMAP_THRESHOLD_, mallopt); else glibc raises the threshold at the first free.
//   --threads N  --rate R  --buffer-kib N  --ideal: one buffer a worker, kept
#include <cstdlib>
#include <cstring>
#include <memory>

#include "tests/lab/support/serve.h"
#include "tests/lab/support/work.h"

namespace faultline::lab {
namespace {

struct Free {
  void operator()(void* buffer) const { std::free(buffer); }
};

void decode_into(void* buffer, std::size_t bytes) {
  std::memset(buffer, 0x5a, bytes);
  consume(checksum(buffer, bytes / 16));
}

}  // namespace
}  // namespace faultline::lab

int main(int argc, char** argv) {
  using namespace faultline::lab;
  Flags flags(argc, argv);
  const Load load = load_from(flags, {.threads = 2, .requests_per_second = 700, .seconds = 0});
  const auto bytes = static_cast<std::size_t>(flags.number("buffer-kib", 1024) * 1024);
  const bool ideal = flags.given("ideal");
  flags.finish();
  return serve(load, [&](unsigned) -> Request {
    if (!ideal) {
      return [bytes] { decode_into(std::unique_ptr<void, Free>(std::malloc(bytes)).get(), bytes); };
    }
    const std::shared_ptr<void> kept(std::malloc(bytes), Free());
    decode_into(kept.get(), bytes);
    return [bytes, kept] { decode_into(kept.get(), bytes); };
  });
}
