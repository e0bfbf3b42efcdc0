// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/derived_facts.h"

#include <gtest/gtest.h>

namespace faultline::measure {
namespace {

constexpr double mib = 1024.0 * 1024;

Host a_host() {
  Host host;
  host.cpus = 2;
  host.page_bytes = 4096;
  host.ns_per_fault = 1000;
  return host;
}

FactSet facts_of(std::initializer_list<std::pair<const char*, double>> values) {
  FactSet facts;
  for (const auto& [name, value] : values) facts.put(Fact::measured(name, value, "test"));
  return facts;
}

/// 10 s of one core, 40 % of it in anonymous faults: 400 000 of them.
FactSet busy_faulting() {
  return facts_of({{"cpu.time.seconds", 10},
                   {"time.base.seconds", 10},
                   {"window.seconds", 10},
                   {"sched.wait.seconds", 0},
                   {"faults.minor.count", 400000},
                   {"process.followed.faults", 400000},
                   {"profile.fault_path.share", 0.4},
                   {"profile.fault_anon.share", 0.4},
                   {"profile.fault_file.share", 0.0},
                   {"memory.anon_bytes", 100 * mib},
                   {"memory.anon.growth_bytes", 0},
                   {"memory.anon.huge_bytes", 0},
                   {"throttling.stopped.seconds", 0}});
}

FactSet derived(FactSet facts) {
  add_derived_facts(a_host(), facts);
  return facts;
}

TEST(FaultSplit, FaultsWithoutGrowthAreRefaults) {
  const FactSet facts = derived(busy_faulting());
  EXPECT_DOUBLE_EQ(*facts.number("faults.refault.share"), 1.0);
  EXPECT_DOUBLE_EQ(*facts.number("faults.refault.time_share"), 0.4);
  EXPECT_DOUBLE_EQ(*facts.number("faults.first_touch.time_share"), 0.0);
  EXPECT_EQ(facts.find("faults.refault.share")->quality, Quality::estimated);
}

TEST(FaultSplit, FaultsThatGrowthExplainsAreFirstTouches) {
  FactSet input = busy_faulting();
  input.put(Fact::measured("memory.anon.growth_bytes", 400000 * 4096.0, "test"));
  const FactSet facts = derived(std::move(input));
  EXPECT_DOUBLE_EQ(*facts.number("faults.refault.share"), 0.0);
  EXPECT_DOUBLE_EQ(*facts.number("faults.first_touch.time_share"), 0.4);
}

TEST(FaultSplit, GrowthBeyondTheFaultsIsNotMoreThanAllOfThem) {
  FactSet input = busy_faulting();
  input.put(Fact::measured("memory.anon.growth_bytes", 9e9, "test"));
  EXPECT_DOUBLE_EQ(*derived(std::move(input)).number("faults.first_touch.pages"), 400000);
}

/// Growth explains all faults by number, but half of those that were watched were on the same pages again.
FactSet growing_beside_refaults() {
  FactSet input = busy_faulting();
  input.put(Fact::measured("memory.anon.growth_bytes", 400000 * 4096.0, "test"));
  input.put(Fact::measured("faults.same_page.share", 0.5, "test"));
  input.put(Fact::measured("profile.fault_swap.share", 0.0, "test"));
  input.put(Fact::measured("profile.fault_numa.share", 0.0, "test"));
  return input;
}

TEST(FaultSplit, PagesThatOnlySeemToComeAgainProveNothing) {
  FactSet input = growing_beside_refaults();
  input.put(Fact::estimated("faults.same_page.share", 0.5, "samples that do not tell a copy from a touch"));
  EXPECT_DOUBLE_EQ(*derived(input).number("faults.refault.share"), 0.0);
}

TEST(FaultSplit, PagesSeenToComeAgainAreRefaultsWhateverGrew) {
  const FactSet facts = derived(growing_beside_refaults());
  EXPECT_DOUBLE_EQ(*facts.number("faults.refault.share"), 0.5);
  EXPECT_DOUBLE_EQ(*facts.number("faults.refault.time_share"), 0.2);
  EXPECT_DOUBLE_EQ(*facts.number("faults.first_touch.time_share"), 0.2);
}

TEST(FaultSplit, PagesSeenToComeAgainAreOnlyTheLeast) {
  FactSet input = growing_beside_refaults();
  input.put(Fact::measured("memory.anon.growth_bytes", 0.0, "test"));
  EXPECT_DOUBLE_EQ(*derived(std::move(input)).number("faults.refault.share"), 1.0);
}

TEST(FaultSplit, PagesThatComeFromSwapOrForNumaBalancingProveNothing) {
  for (const char* beside : {"profile.fault_swap.share", "profile.fault_numa.share"}) {
    FactSet input = growing_beside_refaults();
    input.put(Fact::measured(beside, 0.05, "test"));
    EXPECT_DOUBLE_EQ(*derived(std::move(input)).number("faults.refault.share"), 0.0) << beside;
  }
}

TEST(FaultCost, IsTheTimeOfFaultsOverTheirNumber) {
  EXPECT_DOUBLE_EQ(*derived(busy_faulting()).number("faults.ns_each"), 10000);
}

TEST(FaultCost, IsUnknownWithoutFaultsOrEnoughSamplesOfThem) {
  FactSet none = busy_faulting();
  none.put(Fact::measured("faults.minor.count", 0.0, "test"));
  EXPECT_FALSE(derived(std::move(none)).find("faults.ns_each")->known());
  FactSet few = busy_faulting();
  few.put(Fact::measured("profile.samples.count", 20.0, "test"));
  EXPECT_FALSE(derived(std::move(few)).find("faults.ns_each")->known());
}

TEST(FaultSplit, FaultsOfShortLivedProcessesAreNoRefaults) {
  FactSet input = busy_faulting();
  input.put(Fact::measured("process.followed.faults", 0.0, "test"));
  const FactSet facts = derived(std::move(input));
  EXPECT_DOUBLE_EQ(*facts.number("process.short_lived.fault_share"), 1.0);
  EXPECT_DOUBLE_EQ(*facts.number("faults.refault.share"), 0.0);
}

TEST(FaultSplit, FaultsOfFilesAreNeither) {
  FactSet input = busy_faulting();
  input.put(Fact::measured("profile.fault_anon.share", 0.0, "test"));
  input.put(Fact::measured("profile.fault_file.share", 0.4, "test"));
  const FactSet facts = derived(std::move(input));
  EXPECT_DOUBLE_EQ(*facts.number("faults.refault.time_share"), 0.0);
  EXPECT_DOUBLE_EQ(*facts.number("faults.first_touch.time_share"), 0.0);
  EXPECT_DOUBLE_EQ(*facts.number("faults.file.time_share"), 0.4);
}

TEST(FaultSplit, GrowthInHugePagesTakesOneFaultForTwoMebibytes) {
  FactSet input = busy_faulting();
  input.put(Fact::measured("faults.minor.count", 100.0, "test"));
  input.put(Fact::measured("process.followed.faults", 100.0, "test"));
  input.put(Fact::measured("memory.anon.huge_bytes", 100 * mib, "test"));
  input.put(Fact::measured("memory.anon.growth_bytes", 100 * mib, "test"));
  EXPECT_DOUBLE_EQ(*derived(std::move(input)).number("faults.first_touch.pages"), 50);
}

TEST(FaultSplit, WithoutAKernelProfileTheSplitIsUnknownAndSaysWhy) {
  FactSet input = busy_faulting();
  for (const auto* name : {"profile.fault_path.share", "profile.fault_anon.share", "profile.fault_file.share"}) {
    input.put(Fact::unknown(name, "perf_event_paranoid is 2", "CAP_PERFMON"));
  }
  const FactSet facts = derived(std::move(input));
  const Fact* split = facts.find("faults.refault.time_share");
  ASSERT_NE(split, nullptr);
  EXPECT_FALSE(split->known());
  EXPECT_NE(split->reason.find("perf_event_paranoid"), std::string::npos);
  EXPECT_EQ(split->unlock, "CAP_PERFMON");
  // What faults cost in all is still told, from their count and what one costs on this host.
  EXPECT_DOUBLE_EQ(*facts.number("faults.time_share"), 400000 * 1000e-9 / 10);
  EXPECT_EQ(facts.find("faults.time_share")->quality, Quality::estimated);
}

TEST(FaultSplit, AnIdleTargetHasNoShareOfTime) {
  FactSet input = busy_faulting();
  input.put(Fact::measured("time.base.seconds", 0.0, "test"));
  EXPECT_FALSE(derived(std::move(input)).find("faults.refault.time_share")->known());
}

TEST(FaultSplit, WaitingForACpuDilutesTheShareOfTime) {
  FactSet input = busy_faulting();
  input.put(Fact::measured("time.base.seconds", 20.0, "test"));
  EXPECT_DOUBLE_EQ(*derived(std::move(input)).number("faults.refault.time_share"), 0.2);
}

/// 1 s of a core in 10 s, of which 100 samples tell; `fault_samples` of them in anonymous faults.
FactSet few_samples(double faults, double fault_samples) {
  FactSet input = busy_faulting();
  for (const auto& [name, value] : {std::pair{"cpu.time.seconds", 1.0},
                                    {"time.base.seconds", 1.0},
                                    {"profile.samples.count", 100.0},
                                    {"profile.fault_path.share", fault_samples / 100},
                                    {"profile.fault_anon.share", fault_samples / 100},
                                    {"faults.minor.count", faults},
                                    {"process.followed.faults", faults}}) {
    input.put(Fact::measured(name, value, "test"));
  }
  return input;
}

TEST(FaultTime, OfFewSamplesIsWhatTheCountedFaultsCost) {
  for (const double seen : {0.0, 1.0, 3.0}) {
    const FactSet facts = derived(few_samples(15000, seen));
    EXPECT_DOUBLE_EQ(*facts.number("faults.time_share"), 0.015) << seen;
    EXPECT_DOUBLE_EQ(*facts.number("faults.refault.time_share"), 0.015) << seen;
    EXPECT_EQ(facts.find("faults.time_share")->quality, Quality::estimated);
  }
}

TEST(FaultTime, OfFewSamplesIsAtLeastWhatTheyAllow) {
  // Dear faults: of huge pages, or many threads at the same lock. A mean below 3.98 shows 8 or more one time in 20.
  EXPECT_NEAR(*derived(few_samples(100, 8)).number("faults.time_share"), 0.0398, 0.0002);
  EXPECT_NEAR(*derived(few_samples(100, 1)).number("faults.time_share"), 0.0005, 0.0002);
}

TEST(FaultTime, OfTenSamplesIsTheirShare) {
  const FactSet facts = derived(few_samples(100, 10));
  EXPECT_DOUBLE_EQ(*facts.number("faults.time_share"), 0.1);
  EXPECT_EQ(facts.find("faults.time_share")->quality, Quality::measured);
}

TEST(FaultTime, WithoutASampleNorAFaultIsNone) {
  const FactSet facts = derived(few_samples(0, 0));
  EXPECT_DOUBLE_EQ(*facts.number("faults.time_share"), 0.0);
  EXPECT_DOUBLE_EQ(*facts.number("faults.refault.share"), 0.0);
}

TEST(FaultTime, OfFewSamplesOfFilesIsMostlyNotAnonymous) {
  FactSet input = few_samples(15000, 9);
  input.put(Fact::measured("profile.fault_anon.share", 0.0, "test"));
  input.put(Fact::measured("profile.fault_file.share", 0.09, "test"));
  EXPECT_LT(*derived(std::move(input)).number("faults.anon.count"), 2000);
}

TEST(ThrottlingTime, IsZeroWithoutStops) {
  EXPECT_DOUBLE_EQ(*derived(busy_faulting()).number("throttling.time_share"), 0.0);
}

TEST(ThrottlingTime, IsNeverMoreThanTheThreadsWaited) {
  FactSet input = busy_faulting();
  input.put(Fact::measured("throttling.stopped.seconds", 15.0, "test"));
  input.put(Fact::measured("sched.wait.seconds", 5.0, "test"));
  input.put(Fact::measured("time.base.seconds", 15.0, "test"));
  EXPECT_DOUBLE_EQ(*derived(std::move(input)).number("throttling.time_share"), 5.0 / 15.0);
}

TEST(ThrottlingTime, CountsEveryThreadThatAStoppedCpuHoldsUp) {
  FactSet input = busy_faulting();
  // Four threads always runnable on two CPUs, stopped three quarters of the time.
  input.put(Fact::measured("cpu.time.seconds", 5.0, "test"));
  input.put(Fact::measured("sched.wait.seconds", 35.0, "test"));
  input.put(Fact::measured("time.base.seconds", 40.0, "test"));
  input.put(Fact::measured("throttling.stopped.seconds", 15.0, "test"));
  EXPECT_DOUBLE_EQ(*derived(std::move(input)).number("throttling.time_share"), 30.0 / 40.0);
}

TEST(ThrottlingTime, CountsOnlyTheCpusThatTheTargetRunsOn) {
  // The same on a machine of 16 CPUs, of which the service may use two.
  Host host = a_host();
  host.cpus = 16;
  FactSet facts = busy_faulting();
  facts.put(Fact::measured("cpu.time.seconds", 5.0, "test"));
  facts.put(Fact::measured("sched.wait.seconds", 35.0, "test"));
  facts.put(Fact::measured("time.base.seconds", 40.0, "test"));
  facts.put(Fact::measured("throttling.stopped.seconds", 15.0, "test"));
  add_derived_facts(host, facts);
  EXPECT_DOUBLE_EQ(*facts.number("throttling.time_share"), 30.0 / 40.0);
}

TEST(ThrottlingTime, IsUnknownWhenTheQuotaCanNotBeSeen) {
  FactSet input = busy_faulting();
  input.put(Fact::unknown("throttling.stopped.seconds", "the cpu controller's hierarchy is not mounted here"));
  EXPECT_FALSE(derived(std::move(input)).find("throttling.time_share")->known());
}

TEST(AllocationFacts, AreOfTheTimeThatTheTargetUses) {
  const FactSet facts = derived(facts_of({{"allocations.per_cpu_second", 1e6},
                                          {"cpu.busy.cores", 0.5},
                                          {"cpu.time.seconds", 5},
                                          {"window.seconds", 10},
                                          {"profile.allocator.share", 0.1},
                                          {"faults.minor.per_second", 100000}}));
  EXPECT_DOUBLE_EQ(*facts.number("allocations.per_second"), 500000);
  EXPECT_DOUBLE_EQ(*facts.number("faults.per_allocation"), 0.2);
  // 0.5 s over 5 million calls.
  EXPECT_NEAR(*facts.number("allocations.ns_each"), 100, 1e-9);
  EXPECT_EQ(facts.find("allocations.per_second")->quality, Quality::estimated);
}

TEST(AllocationFacts, WithoutCallsThereIsNothingForEachOfThem) {
  const FactSet facts = derived(facts_of({{"allocations.per_cpu_second", 0},
                                          {"cpu.busy.cores", 0.5},
                                          {"cpu.time.seconds", 5},
                                          {"window.seconds", 10},
                                          {"profile.allocator.share", 0},
                                          {"faults.minor.per_second", 100}}));
  EXPECT_DOUBLE_EQ(*facts.number("allocations.per_second"), 0);
  EXPECT_FALSE(facts.find("faults.per_allocation")->known());
  EXPECT_FALSE(facts.find("allocations.ns_each")->known());
}

TEST(AllocationFacts, FollowWhyTheRateIsUnknown) {
  FactSet input;
  input.put(Fact::unknown("allocations.per_cpu_second", "left out as asked"));
  const FactSet facts = derived(std::move(input));
  EXPECT_NE(facts.find("allocations.per_second")->reason.find("left out as asked"), std::string::npos);
}

}  // namespace
}  // namespace faultline::measure
