// SPDX-License-Identifier: Apache-2.0
// The quota wall: requests on several threads use a period's quota up in a fraction of it, and then all stand still
// although a core is idle. The service places itself in a cgroup of its own; ends with 77 where it can't.
//   --threads N  --rate R  --quota-cores C (0: none, the same load unhindered)  --steps N
#include <optional>

#include "tests/lab/support/quota_cgroup.h"
#include "tests/lab/support/serve.h"
#include "tests/lab/support/work.h"

int main(int argc, char** argv) {
  using namespace faultline::lab;
  Flags flags(argc, argv);
  const Load load = load_from(flags, {.threads = 4, .requests_per_second = 150, .seconds = 0});
  const double quota_cores = flags.number("quota-cores", 0.2);
  const auto steps = static_cast<std::uint64_t>(flags.number("steps", 2.5e6));
  flags.finish();
  std::optional<QuotaCgroup> quota;
  if (quota_cores > 0) quota.emplace(quota_cores);
  return serve(load, [&](unsigned) -> Request { return [steps] { compute(steps); }; });
}
