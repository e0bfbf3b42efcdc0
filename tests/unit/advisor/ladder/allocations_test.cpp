// SPDX-License-Identifier: Apache-2.0
// The rate of calls freed of what the probes took, and what the rung says of a burst.
#include <gmock/gmock.h>

#include "advisor/ladder/support/allocation_rate.h"
#include "advisor/ladder/support/rung.h"
#include "tests/unit/advisor/support/watched_child.h"

namespace faultline {
namespace {

using ::testing::HasSubstr;

/// Bursts of a target with so many calls a CPU second of its own, whose hits cost so much, and a second one less.
std::vector<AllocationBurst> bursts_of(double calls_a_second, double hit_seconds, std::size_t bursts, bool twice) {
  std::vector<AllocationBurst> all;
  for (std::size_t i = 0; i < bursts; ++i) {
    const double calls = 1000 * static_cast<double>(i + 1);
    AllocationBurst burst{{calls, calls, calls / calls_a_second + calls * hit_seconds}};
    if (twice) burst.twice = {calls, 2 * calls, calls / calls_a_second + (1 + 1 / 1.2) * calls * hit_seconds};
    all.push_back(burst);
  }
  return all;
}

TEST(AllocationRate, WithoutDragIsCallsOverCpuTime) {
  const AllocationRate rate = allocation_rate(bursts_of(10000, 0, 5, false), 0, 0);
  EXPECT_NEAR(rate.per_cpu_second, 10000, 1e-6);
  EXPECT_DOUBLE_EQ(rate.drag, 0);
  EXPECT_NEAR(*rate.error, 0, 1e-9);
  EXPECT_TRUE(rate.is_known);
}

TEST(AllocationRate, TakesOutWhatTheProbesTook) {
  const AllocationRate rate = allocation_rate(bursts_of(100000, 1.2e-6, 5, false), 1e-6, 0);
  EXPECT_NEAR(rate.per_cpu_second, 100000, 1e-6);
  EXPECT_NEAR(rate.drag, 0.12 / 1.12, 1e-9);
  EXPECT_FALSE(rate.is_compared);
  // Three tenths of it.
  EXPECT_NEAR(*rate.error, 0.036, 1e-9);
}

TEST(AllocationRate, LearnsTheCostOfAHitFromCallsHitTwice) {
  const AllocationRate rate = allocation_rate(bursts_of(200000, 2e-6, 8, true), 1e-6, 0);
  EXPECT_TRUE(rate.is_compared);
  EXPECT_GT(rate.hit_seconds, 1.7e-6) << "the target's own calls say more than a function of ours";
  EXPECT_LT(rate.hit_seconds, 2e-6);
  EXPECT_NEAR(rate.per_cpu_second, 200000, *rate.error * 200000);
}

TEST(AllocationRate, CallsThatAreHitTwiceAreNoRateOfTheirOwn) {
  auto bursts = bursts_of(100000, 1e-6, 4, true);
  for (auto& burst : bursts) burst.twice.calls = 0;
  EXPECT_FALSE(allocation_rate(bursts, 1e-6, 0).is_compared);
}

TEST(AllocationRate, BurstsThatDifferMakeTheErrorLarge) {
  auto bursts = bursts_of(10000, 0, 6, false);
  const double even = *allocation_rate(bursts, 1e-9, 0).error;
  bursts[5].once.calls *= 2;
  const AllocationRate rate = allocation_rate(bursts, 1e-9, 0);
  EXPECT_GT(*rate.error, even + 0.2);
  EXPECT_FALSE(rate.is_known);
}

TEST(AllocationRate, BurstsWeighAsMuchAsTheTargetRan) {
  auto bursts = bursts_of(10000, 0, 5, false);
  const double before = allocation_rate(bursts, 0, 0).per_cpu_second;
  bursts.push_back({{0, 0, 0}});
  EXPECT_DOUBLE_EQ(allocation_rate(bursts, 0, 0).per_cpu_second, before);
}

TEST(AllocationRate, IsNotSaidUnderALargeDragNorOfFewBursts) {
  const AllocationRate drag = allocation_rate(bursts_of(1e6, 4e-6, 5, false), 4e-6, 0);
  EXPECT_FALSE(drag.is_known);
  EXPECT_NEAR(drag.least_per_cpu_second, 200000, 1e-6);
  EXPECT_FALSE(allocation_rate(bursts_of(10000, 0, 2, false), 0, 0).is_known);
  EXPECT_FALSE(allocation_rate(bursts_of(1e6, 1e-6, 5, false), 1, 0).is_known) << "all of the time is the probes'";
  EXPECT_FALSE(allocation_rate({}, 1e-6, 0).is_known);
}

TEST(AllocationRate, ThreadsWithoutAClockMakeItLessCertain) {
  EXPECT_NEAR(*allocation_rate(bursts_of(10000, 0, 5, false), 0, 0.2).error, 0.1, 1e-9);
}

class AllocationsRung : public test::WatchedChild {
 protected:
  void SetUp() override {
    watch(child_);
    WatchedAllocations watched;
    watched.counts.by_log2_bytes[5] = 900;
    watched.counts.by_log2_bytes[12] = 80;
    watched.counts.by_log2_bytes[17] = 20;
    watched.counts.counted = 1000;
    watched.counts.hits = 1100;
    for (int i = 0; i < 4; ++i) watched.bursts.push_back({{250, 275, 25, 0.0125}});
    watched.hit_seconds = 1e-6;
    watched.where = "malloc of libc.so.6";
    readings_.allocations = watched;
  }
  FactSet facts() {
    FactSet facts;
    for (const auto& rung : all_rungs()) {
      if (rung->id() != "allocations") continue;
      const host::SampleFeed feed = host::SampleFeed::open(*machine_);
      const target::Activity activity;
      const Observation seen{*machine_, *watch_, feed, activity, 1.0, readings_};
      for (Fact& fact : rung->result(seen).facts) facts.put(std::move(fact));
    }
    return facts;
  }
  test::WorkingChild child_{[] {}};
  ProbeReadings readings_;
};

TEST_F(AllocationsRung, SaysSizesByTheirPowerOfTwo) {
  EXPECT_DOUBLE_EQ(*facts().number("allocations.size.p50_bytes"), 64);
  EXPECT_DOUBLE_EQ(*facts().number("allocations.size.p99_bytes"), 262144);
  EXPECT_DOUBLE_EQ(*facts().number("allocations.of_mapped_size.share"), 0.02);
}

TEST_F(AllocationsRung, SaysHowItCountedAndHowFarOffItMayBe) {
  readings_.allocations->left_out = "aligned_alloc";
  readings_.allocations->processes = 8;
  readings_.allocations->of_processes = 20;
  const FactSet said = facts();
  EXPECT_NEAR(*said.number("allocations.per_cpu_second"), 10, 1e-3);
  EXPECT_EQ(said.find("allocations.per_cpu_second")->quality, Quality::estimated);
  EXPECT_EQ(said.find("allocations.per_cpu_second")->source,
            "uprobes in 4 bursts of 50 ms together; the 8 busiest of 20 processes; without aligned_alloc, which may "
            "not be probed, a hit costs 1200 ns here; up to 1 % off");
  EXPECT_DOUBLE_EQ(*said.number("allocations.probed.count"), 1100);
  EXPECT_EQ(said.text("allocations.where"), "malloc of libc.so.6");
}

TEST_F(AllocationsRung, SaysTheLeastWhereItCanNotSayTheRate) {
  readings_.allocations->bursts.resize(2);
  const FactSet said = facts();
  EXPECT_FALSE(said.find("allocations.per_cpu_second")->known());
  EXPECT_THAT(said.find("allocations.per_cpu_second")->reason, HasSubstr("at least"));
  EXPECT_TRUE(said.find("allocations.size.p50_bytes")->known());
}

TEST_F(AllocationsRung, ATargetThatDidNotRunHasNoRate) {
  readings_.allocations->bursts = {{{0, 0, 0}}};
  EXPECT_FALSE(facts().find("allocations.per_cpu_second")->known());
  EXPECT_TRUE(facts().find("allocations.hit_ns")->known());
}

TEST_F(AllocationsRung, AFewCallsHaveNoSizes) {
  readings_.allocations->counts.counted = 5;
  EXPECT_FALSE(facts().find("allocations.size.p50_bytes")->known());
}

TEST_F(AllocationsRung, WhatIsNotSeenIsUnknownWithReason) {
  readings_.allocations = fail(ErrorKind::refused, "cannot", "", "malloc begins with 48 83");
  const FactSet said = facts();
  for (const auto& [name, fact] : said.all()) {
    EXPECT_FALSE(fact.known()) << name;
    EXPECT_THAT(fact.reason, HasSubstr("begins with")) << name;
  }
}

}  // namespace
}  // namespace faultline
