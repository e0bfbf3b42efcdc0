// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/lock_time.h"

#include <gmock/gmock.h>

namespace faultline::measure {
namespace {

using ::testing::HasSubstr;

/// 20 s, half of them on a CPU; 6 s asleep at the lock.
FactSet waiting() {
  FactSet facts;
  facts.put(Fact::measured("cpu.time.seconds", 10.0, "test"));
  facts.put(Fact::measured("time.base.seconds", 20.0, "test"));
  facts.put(Fact::measured("mmap_lock.wait.seconds", 6.0, "test"));
  facts.put(Fact::measured("profile.lock_spin.share", 0.1, "test"));
  return facts;
}

Fact share_of(FactSet facts) {
  add_lock_time(facts);
  return *facts.find("mmap_lock.time_share");
}

TEST(LockTime, IsSleepingAndSpinning) {
  const Fact share = share_of(waiting());
  EXPECT_DOUBLE_EQ(*share.number(), 0.3 + 0.1 * 0.5);
  EXPECT_EQ(share.quality, Quality::measured);
}

TEST(LockTime, IsAnEstimateWhereSpinningIsNotSeen) {
  FactSet facts = waiting();
  facts.put(Fact::unknown("profile.lock_spin.share", "no kernel stacks"));
  const Fact share = share_of(facts);
  EXPECT_DOUBLE_EQ(*share.number(), 0.3);
  EXPECT_EQ(share.quality, Quality::estimated);
}

TEST(LockTime, IsUnknownForTheReasonThatSleepingIs) {
  FactSet facts = waiting();
  facts.put(Fact::unknown("mmap_lock.wait.seconds", "the kernel has no BTF", "another kernel"));
  const Fact share = share_of(facts);
  EXPECT_FALSE(share.known());
  EXPECT_THAT(share.reason, HasSubstr("no BTF"));
  EXPECT_EQ(share.unlock, "another kernel");
}

TEST(LockTime, OfATargetThatDidNotRunIsUnknown) {
  FactSet facts = waiting();
  facts.put(Fact::measured("time.base.seconds", 0.0, "test"));
  EXPECT_FALSE(share_of(facts).known());
}

}  // namespace
}  // namespace faultline::measure
