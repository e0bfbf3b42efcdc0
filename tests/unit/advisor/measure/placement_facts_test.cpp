// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/placement_facts.h"

#include <gtest/gtest.h>

namespace faultline::measure {
namespace {

/// All memory misplaced, 10 s on CPUs and 10 s waiting for one, a fifth of it in the kernel; distance 20 for 10.
FactSet remote() {
  FactSet facts;
  for (const auto& [name, value] : {std::pair{"numa.misplaced.share", 1.0},
                                    {"numa.distance.local_share", 0.5},
                                    {"cpu.time.seconds", 10.0},
                                    {"time.base.seconds", 20.0},
                                    {"profile.kernel.share", 0.2}}) {
    facts.put(Fact::measured(name, value, "test"));
  }
  return facts;
}

const Fact& time_share(FactSet& facts) {
  add_placement_facts(facts);
  return *facts.find("numa.time_share");
}

TEST(NumaTime, IsTheUserTimeThatTheDistanceCosts) {
  FactSet facts = remote();
  EXPECT_DOUBLE_EQ(*time_share(facts).number(), 0.8 * 0.5 * 0.5);
  EXPECT_EQ(time_share(facts).quality, Quality::estimated);
  EXPECT_NE(time_share(facts).source.find("at most"), std::string::npos);
}

TEST(NumaTime, WithoutAProfileAllTimeMayBeUserTime) {
  FactSet facts = remote();
  facts.put(Fact::unknown("profile.kernel.share", "no samples"));
  EXPECT_DOUBLE_EQ(*time_share(facts).number(), 0.5 * 0.5);
}

TEST(NumaTime, IsNothingWhereNothingIsMisplacedWhateverElseIsKnown) {
  FactSet facts;
  facts.put(Fact::measured("numa.misplaced.share", 0.0, "one node"));
  EXPECT_EQ(time_share(facts).number(), 0.0);
  EXPECT_EQ(time_share(facts).quality, Quality::measured);
}

TEST(NumaTime, IsUnknownWhereAPartOfItIs) {
  for (const auto* name :
       {"numa.misplaced.share", "numa.distance.local_share", "cpu.time.seconds", "time.base.seconds"}) {
    FactSet facts = remote();
    facts.put(Fact::unknown(name, "no permission", "run as root"));
    EXPECT_FALSE(time_share(facts).known()) << name;
    EXPECT_EQ(time_share(facts).unlock, "run as root") << name;
  }
  FactSet nothing;
  EXPECT_FALSE(time_share(nothing).known());
}

}  // namespace
}  // namespace faultline::measure
