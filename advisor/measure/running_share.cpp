// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/running_share.h"

#include <algorithm>
#include <string>

namespace faultline::measure {

std::optional<double> running_share(const FactSet& facts) {
  const auto cpu = facts.number("cpu.time.seconds");
  const auto base = facts.number("time.base.seconds");
  if (!cpu || !base || *base <= 0) return std::nullopt;
  return std::clamp(*cpu / *base, 0.0, 1.0);
}

Fact follows_unknown(const FactSet& facts, std::string_view name, std::initializer_list<std::string_view> inputs) {
  for (const auto input : inputs) {
    const Fact* fact = facts.find(input);
    if (fact == nullptr) return Fact::unknown(name, std::string(input) + " was not collected");
    if (!fact->known()) return Fact::unknown(name, std::string(input) + ": " + fact->reason, fact->unlock);
  }
  return Fact::unknown(name, "nothing ran in the window");
}

}  // namespace faultline::measure
