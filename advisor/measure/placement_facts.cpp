// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/placement_facts.h"

#include <algorithm>
#include <string>

namespace faultline::measure {
namespace {

const char* const name = "numa.time_share";

Fact unknown_for_lack_of(const FactSet& facts, std::initializer_list<std::string_view> inputs) {
  for (const auto input : inputs) {
    const Fact* fact = facts.find(input);
    if (fact == nullptr) return Fact::unknown(name, std::string(input) + " was not collected");
    if (!fact->known()) return Fact::unknown(name, std::string(input) + ": " + fact->reason, fact->unlock);
  }
  return Fact::unknown(name, "nothing ran in the window");
}

}  // namespace

void add_placement_facts(FactSet& facts) {
  const auto misplaced = facts.number("numa.misplaced.share");
  if (misplaced == 0.0) {
    facts.put(Fact::measured(name, 0.0, facts.find("numa.misplaced.share")->source));
    return;
  }
  const auto local = facts.number("numa.distance.local_share");
  const auto cpu = facts.number("cpu.time.seconds");
  const auto base = facts.number("time.base.seconds");
  if (!misplaced || !local || !cpu || !base || *base <= 0) {
    facts.put(unknown_for_lack_of(
        facts, {"numa.misplaced.share", "numa.distance.local_share", "cpu.time.seconds", "time.base.seconds"}));
    return;
  }
  // Distances stand for latencies, and a program that only waits for memory loses the difference on each access. What
  // caches hold, and what is computed, makes it less: nobody sees that without a PMU.
  const double user = 1 - facts.number("profile.kernel.share").value_or(0);
  const double share = *misplaced * user * *cpu / *base * (1 - *local);
  facts.put(Fact::estimated(name, std::clamp(share, 0.0, 1.0),
                            "at most: misplaced memory, as if user code did nothing but wait for it"));
}

}  // namespace faultline::measure
