// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/observer_cost.h"

#include <gtest/gtest.h>

#include "advisor/measure/fault_bursts.h"

namespace faultline::measure {
namespace {

FactSet seen() {
  FactSet facts;
  facts.put(Fact::measured("cpu.time.seconds", 10.0, "test"));
  facts.put(Fact::measured("profile.samples.count", 1000.0, "test"));
  return facts;
}

TEST(ObserverCost, OfTheTargetIsWhatItsSamplesTook) {
  EXPECT_DOUBLE_EQ(*observer_cost(seen(), 0.2, 1).target_share, 0.001);
}

TEST(ObserverCost, HoldsTheFaultsThatWereWatchedAndTheWaits) {
  FactSet facts = seen();
  facts.put(Fact::measured("faults.watched.count", 100000.0, "test"));
  const double watching = 100000 * WatchCost::own_fault_seconds / 10;
  EXPECT_DOUBLE_EQ(*observer_cost(facts, 0.2, 1).target_share, 0.001 + watching);
  facts.put(Fact::measured("mmap_lock.waits.seen.count", 2000.0, "test"));
  EXPECT_NEAR(*observer_cost(facts, 0.2, 1).target_share, 0.001 + watching + 2000 * WatchCost::contention_seconds / 10,
              1e-12);
}

TEST(ObserverCost, OfOurselvesIsSharedByTheTargets) {
  EXPECT_DOUBLE_EQ(observer_cost(seen(), 0.6, 3).cpu_seconds, 0.2);
  EXPECT_DOUBLE_EQ(observer_cost(seen(), 0.6, 0).cpu_seconds, 0.6);
}

TEST(ObserverCost, OfTheTargetIsUnknownWithoutItsCpuTime) {
  FactSet facts = seen();
  facts.put(Fact::unknown("cpu.time.seconds", "gone"));
  EXPECT_FALSE(observer_cost(facts, 0.2, 1).target_share);
}

}  // namespace
}  // namespace faultline::measure
