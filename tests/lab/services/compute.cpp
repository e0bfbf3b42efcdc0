// SPDX-License-Identifier: Apache-2.0
// Healthy: computes, and asks nobody for memory.   --threads N  --rate R  --steps N
#include "tests/lab/support/serve.h"
#include "tests/lab/support/work.h"

int main(int argc, char** argv) {
  using namespace faultline::lab;
  Flags flags(argc, argv);
  const Load load = load_from(flags, {.threads = 2, .requests_per_second = 200, .seconds = 0});
  const auto steps = static_cast<std::uint64_t>(flags.number("steps", 2.5e6));
  flags.finish();
  return serve(load, [&](unsigned) -> Request { return [steps] { compute(steps); }; });
}
