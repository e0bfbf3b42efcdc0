// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/probe_need.h"

#include <utility>

namespace faultline {

Need probe_need(const host::Machine& machine, host::AddressSpaceProbe::Part part, std::string what,
                std::string without) {
  Need need{std::move(what), false, std::move(without), {}};
  auto probe = host::AddressSpaceProbe::open(machine, 1);
  const Result<void> attached = probe ? probe->attach(part) : tl::unexpected(probe.error());
  need.there = attached.has_value();
  if (attached) return need;
  const Error& error = attached.error();
  need.unlock = error.hint.empty() ? error.why : error.why + ": " + error.hint;
  return need;
}

}  // namespace faultline
