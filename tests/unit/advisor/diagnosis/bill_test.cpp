// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "advisor/diagnosis/diagnose.h"
#include "tests/unit/advisor/diagnosis/support.h"

namespace faultline::diagnosis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

BillLine line(const Bill& bill, std::string_view payee) {
  for (const auto& one : bill.lines) {
    if (one.payee == payee) return one;
  }
  ADD_FAILURE() << "no line " << payee;
  return {};
}

const FactSet& refaulting() {
  static const FactSet facts = measured({{"cpu.time.seconds", 8},
                                         {"time.base.seconds", 10},
                                         {"profile.allocator.share", 0.05},
                                         {"profile.give_back.share", 0.10},
                                         {"faults.first_touch.time_share", 0.02},
                                         {"faults.refault.time_share", 0.50},
                                         {"throttling.time_share", 0.15},
                                         {"sched.queue.time_share", 0.05},
                                         {"host.numa_nodes", 1}});
  return facts;
}

TEST(Bill, HasItsPayeesInOrder) {
  std::vector<std::string> payees;
  for (const auto& one : bill_of({}).lines) payees.push_back(one.payee);
  EXPECT_THAT(payees, ElementsAre("allocator", "first_touch", "refault", "giving_back", "mmap_lock", "numa", "tlb",
                                  "throttling", "queueing", "service"));
}

TEST(Bill, IsInSharesOfTimeAlsoWhereTheProfileCountsSamples) {
  const Bill bill = bill_of(refaulting());
  EXPECT_DOUBLE_EQ(*line(bill, "allocator").share, 0.05 * 0.8);
  EXPECT_DOUBLE_EQ(*line(bill, "giving_back").share, 0.10 * 0.8);
  EXPECT_DOUBLE_EQ(*line(bill, "refault").share, 0.50);
  EXPECT_DOUBLE_EQ(*line(bill, "throttling").share, 0.15);
  EXPECT_NEAR(*line(bill, "queueing").share, 0.05, 1e-12);
}

TEST(Bill, GivesTheRestToTheServiceAndSaysWhatTheRestHides) {
  const BillLine service = line(bill_of(refaulting()), "service");
  EXPECT_NEAR(*service.share, 1 - 0.04 - 0.02 - 0.50 - 0.08 - 0.15 - 0.05, 1e-12);
  EXPECT_EQ(service.quality, Quality::estimated);
  EXPECT_THAT(service.reason, HasSubstr("mmap_lock, tlb"));
}

TEST(Bill, HasTheTimeThatWaitsForMmapLock) {
  FactSet facts = refaulting();
  facts.put(Fact::measured("mmap_lock.time_share", 0.03, "test"));
  EXPECT_DOUBLE_EQ(*line(bill_of(facts), "mmap_lock").share, 0.03);
  EXPECT_EQ(line(bill_of(facts), "service").reason.find("mmap_lock"), std::string::npos);
  facts.put(Fact::unknown("mmap_lock.time_share", "the kernel has no BTF"));
  EXPECT_EQ(line(bill_of(facts), "mmap_lock").reason, "the kernel has no BTF");
  EXPECT_TRUE(line(bill_of(facts), "service").share) << "the rest is known to hold it";
  EXPECT_THAT(line(bill_of(facts), "service").reason, HasSubstr("mmap_lock"));
}

TEST(Bill, PageWalksAreALineOfTheirOwnWhereTheyWereCounted) {
  const Bill bill = bill_of(with(refaulting(), {{"tlb.walk.time_share", 0.1}}));
  EXPECT_DOUBLE_EQ(*line(bill, "tlb").share, 0.1);
  EXPECT_NEAR(*line(bill, "service").share, 0.06, 1e-12);
  FactSet facts = refaulting();
  facts.put(Fact::unknown("tlb.walk.time_share", "no PMU on this machine"));
  EXPECT_EQ(line(bill_of(facts), "tlb").reason, "no PMU on this machine");
  EXPECT_TRUE(line(bill_of(facts), "service").share) << "a machine without a PMU has a bill too";
}

TEST(Bill, UnknownIsNeverZero) {
  for (const auto& one : bill_of({}).lines) {
    EXPECT_FALSE(one.share) << one.payee;
    EXPECT_EQ(one.quality, Quality::unknown) << one.payee;
    EXPECT_FALSE(one.reason.empty()) << one.payee;
  }
  FactSet facts = refaulting();
  facts.put(Fact::unknown("faults.refault.time_share", "no kernel stacks"));
  const Bill bill = bill_of(facts);
  EXPECT_EQ(line(bill, "refault").reason, "no kernel stacks");
  EXPECT_FALSE(line(bill, "service").share) << "the rest would count the unknown as nothing";
  EXPECT_THAT(line(bill, "service").reason, HasSubstr("refault is unknown: no kernel stacks"));
}

TEST(Bill, NumaIsNothingOnOneNodeAndWhatIsMisplacedOnTwo) {
  EXPECT_EQ(line(bill_of(refaulting()), "numa").share, 0.0);
  const FactSet two = with(refaulting(), {{"host.numa_nodes", 2}});
  EXPECT_FALSE(line(bill_of(two), "numa").share);
  EXPECT_DOUBLE_EQ(*line(bill_of(with(two, {{"numa.time_share", 0.03}})), "numa").share, 0.03);
}

TEST(Bill, NeverSumsAboveAllTheTimeThereIs) {
  const Bill bill = bill_of(
      with(refaulting(),
           {{"faults.refault.time_share", 0.9}, {"throttling.time_share", 0.3}, {"sched.queue.time_share", 0.1}}));
  double sum = 0;
  for (const auto& one : bill.lines) sum += one.share.value_or(0);
  EXPECT_NEAR(sum, 1.0, 1e-12);
  EXPECT_NEAR(*line(bill, "service").share, 0, 1e-12);
  EXPECT_GT(*line(bill, "refault").share, *line(bill, "throttling").share);
}

TEST(Bill, WaitingThatThrottlingExplainsIsNotCountedTwice) {
  const Bill bill = bill_of(with(refaulting(), {{"sched.queue.time_share", 0.0}, {"time.wait.share", 0.15}}));
  EXPECT_EQ(line(bill, "queueing").share, 0.0);
  EXPECT_DOUBLE_EQ(*line(bill, "throttling").share, 0.15);
}

TEST(Bill, ALineOverAnEstimateIsAnEstimate) {
  FactSet facts = refaulting();
  facts.put(Fact::estimated("faults.refault.time_share", 0.4, "model"));
  EXPECT_EQ(line(bill_of(facts), "refault").quality, Quality::estimated);
  EXPECT_EQ(line(bill_of(facts), "first_touch").quality, Quality::measured);
}

TEST(Bill, ATargetThatDidNotRunHasNoShares) {
  const Bill bill = bill_of(with(refaulting(), {{"cpu.time.seconds", 0}, {"time.base.seconds", 0}}));
  EXPECT_FALSE(line(bill, "allocator").share);
  EXPECT_THAT(line(bill, "allocator").reason, HasSubstr("did not run"));
}

TEST(Bill, SaysWhatALineCostsForEachCallOfTheAllocator) {
  EXPECT_FALSE(line(bill_of(refaulting()), "refault").per_allocation_ns) << "nobody counted them";
  const Bill bill = bill_of(with(refaulting(), {{"allocations.per_second", 1e6}, {"window.seconds", 5}}));
  // Half of 10 s over 5 million calls.
  EXPECT_DOUBLE_EQ(*line(bill, "refault").per_allocation_ns, 1000);
  EXPECT_FALSE(line(bill, "mmap_lock").per_allocation_ns) << "unknown stays unknown";
  const Bill idle = bill_of(with(refaulting(), {{"allocations.per_second", 0}, {"window.seconds", 5}}));
  EXPECT_FALSE(line(idle, "refault").per_allocation_ns);
}

}  // namespace
}  // namespace faultline::diagnosis
