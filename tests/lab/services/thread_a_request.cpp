// SPDX-License-Identifier: Apache-2.0
// A thread for each request. The C library keeps the stacks of threads that ended but gives most of their pages back
// (advise_stack_range in nptl/allocatestack.c).   --rate R  --stack-kib N (used by a request)
#include <alloca.h>
#include <cstring>
#include <thread>

#include "tests/lab/support/serve.h"
#include "tests/lab/support/work.h"

namespace faultline::lab {
namespace {

[[gnu::noinline]] void answer(std::size_t stack_bytes) {
  void* const scratch = ::alloca(stack_bytes);
  std::memset(scratch, 1, stack_bytes);
  consume(checksum(scratch, stack_bytes));
}

}  // namespace
}  // namespace faultline::lab

int main(int argc, char** argv) {
  using namespace faultline::lab;
  Flags flags(argc, argv);
  const Load load = load_from(flags, {.threads = 2, .requests_per_second = 2000, .seconds = 0});
  const auto stack_bytes = static_cast<std::size_t>(flags.number("stack-kib", 64) * 1024);
  flags.finish();
  return serve(load, [&](unsigned) -> Request { return [stack_bytes] { std::thread(answer, stack_bytes).join(); }; });
}
