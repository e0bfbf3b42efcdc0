// SPDX-License-Identifier: Apache-2.0
// The refault wall: a request builds its answer in blocks of 4 KiB and frees them all. glibc then trims the arena, the
// pages go back to the kernel, and the next request faults them in again.
//   --threads N (0: the main thread, so the main arena and brk)  --rate R  --blocks N  --block-bytes N
//   --ideal: the same work in blocks that are allocated once, what a perfect fix would leave.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "tests/lab/support/serve.h"
#include "tests/lab/support/work.h"

namespace faultline::lab {
namespace {

struct Answer {
  std::size_t blocks = 0;
  std::size_t block_bytes = 0;
};

struct Free {
  void operator()(void* block) const { std::free(block); }
};
using Block = std::unique_ptr<void, Free>;
using Blocks = std::vector<Block>;

Blocks allocate(const Answer& answer) {
  Blocks blocks;
  blocks.reserve(answer.blocks);
  for (std::size_t i = 0; i < answer.blocks; ++i) blocks.emplace_back(std::malloc(answer.block_bytes));
  return blocks;
}

void fill(const Blocks& blocks, const Answer& answer) {
  std::uint64_t sum = 0;
  for (const Block& block : blocks) {
    std::memset(block.get(), static_cast<int>(sum & 0xff), answer.block_bytes);
    sum += checksum(block.get(), 64);
  }
  consume(sum);
}

Request answering(const Answer& answer) {
  return [answer] { fill(allocate(answer), answer); };
}

Request answering_from_a_pool(const Answer& answer) {
  const auto pool = std::make_shared<Blocks>(allocate(answer));
  fill(*pool, answer);
  return [answer, pool] { fill(*pool, answer); };
}

}  // namespace
}  // namespace faultline::lab

int main(int argc, char** argv) {
  using namespace faultline::lab;
  Flags flags(argc, argv);
  const Load load = load_from(flags, {.threads = 4, .requests_per_second = 150, .seconds = 0});
  const Answer answer{static_cast<std::size_t>(flags.number("blocks", 2000)),
                      static_cast<std::size_t>(flags.number("block-bytes", 4096))};
  const bool ideal = flags.given("ideal");
  flags.finish();
  return serve(load, [&](unsigned) { return ideal ? answering_from_a_pool(answer) : answering(answer); });
}
