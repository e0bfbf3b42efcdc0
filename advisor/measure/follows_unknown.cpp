// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/follows_unknown.h"

#include <string>

namespace faultline::measure {

Fact follows_unknown(const FactSet& facts, std::string_view name, std::initializer_list<std::string_view> inputs) {
  for (const auto input : inputs) {
    const Fact* fact = facts.find(input);
    if (fact == nullptr) return Fact::unknown(name, std::string(input) + " was not collected");
    if (!fact->known()) return Fact::unknown(name, std::string(input) + ": " + fact->reason, fact->unlock);
  }
  return Fact::unknown(name, "nothing ran in the window");
}

}  // namespace faultline::measure
