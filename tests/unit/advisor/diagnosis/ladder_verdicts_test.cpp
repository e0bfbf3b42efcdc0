// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "advisor/diagnosis/diagnose.h"
#include "tests/unit/advisor/diagnosis/support.h"

namespace faultline::diagnosis {
namespace {

using ::testing::ElementsAre;

RungVerdict verdict(const FactSet& facts, std::string_view rung) {
  Snapshot snapshot;
  snapshot.facts = facts;
  for (const auto& one : judge_ladder(snapshot)) {
    if (one.rung == rung) return one;
  }
  ADD_FAILURE() << "no rung " << rung;
  return {};
}

TEST(LadderVerdicts, ComeInTheOrderOfTheLadder) {
  std::vector<std::string> rungs;
  for (const auto& one : judge_ladder({})) rungs.push_back(one.rung);
  EXPECT_THAT(rungs, ElementsAre("counters", "allocations", "tlb", "numa", "profile", "faults", "memory", "locks",
                                 "throttling", "scheduling"));
}

TEST(LadderVerdicts, CountersAreHotByFaultsForTheCpuTimeThatWasUsed) {
  const FactSet busy =
      measured({{"faults.minor.count", 400000}, {"faults.minor.per_second", 40000}, {"cpu.time.seconds", 100}});
  EXPECT_EQ(verdict(busy, "counters").state, RungState::ok);
  const auto hot = verdict(with(busy, {{"cpu.time.seconds", 10}}), "counters");
  EXPECT_EQ(hot.state, RungState::hot);
  EXPECT_EQ(hot.summary, "40 k/s minor faults");
}

TEST(LadderVerdicts, ARungThatWasNotSeenIsUnknownWithTheReason) {
  FactSet facts;
  facts.put(Fact::unknown("profile.fault_path.share", "perf_event_paranoid is 3"));
  const auto profile = verdict(facts, "profile");
  EXPECT_EQ(profile.state, RungState::unknown);
  EXPECT_EQ(profile.summary, "perf_event_paranoid is 3");
}

TEST(LadderVerdicts, LocksAreNotMeasuredUnlessTheyCannotMatter) {
  EXPECT_EQ(verdict(measured({{"process.threads.count", 1}}), "locks").state, RungState::ok);
  EXPECT_EQ(verdict(measured({{"process.threads.count", 8}}), "locks").state, RungState::unknown);
}

TEST(LadderVerdicts, LocksAreHotByTheTimeThatWaitsAndSayWhoHolds) {
  FactSet facts = measured({{"mmap_lock.time_share", 0.19}, {"mmap_lock.waits.per_second", 8400}});
  facts.put(Fact::measured("mmap_lock.takers", "mprotect 97 %, munmap 3 %", "test"));
  EXPECT_EQ(verdict(facts, "locks").state, RungState::hot);
  EXPECT_EQ(verdict(facts, "locks").summary,
            "19 % of time waits for mmap_lock, 8400/s waits, held by mprotect 97 %, munmap 3 %");
  EXPECT_EQ(verdict(with(facts, {{"mmap_lock.time_share", 0.01}}), "locks").state, RungState::ok);
}

TEST(LadderVerdicts, NumaIsHotByWhatItCostsAndNotByWhatIsRemote) {
  EXPECT_EQ(verdict(measured({{"host.numa_nodes", 1}}), "numa").summary, "one node");
  EXPECT_EQ(verdict(measured({{"host.numa_nodes", 2}}), "numa").state, RungState::unknown);
  const FactSet interleaved = measured({{"host.numa_nodes", 2},
                                        {"numa.remote.share", 0.5},
                                        {"numa.misplaced.share", 0},
                                        {"numa.pages_migrated.per_second", 0.2},
                                        {"numa.time_share", 0}});
  EXPECT_EQ(verdict(interleaved, "numa").state, RungState::ok);
  EXPECT_EQ(verdict(interleaved, "numa").summary, "50 % of memory is remote to the threads");
  const FactSet misplaced =
      with(interleaved, {{"numa.remote.share", 1}, {"numa.misplaced.share", 1}, {"numa.time_share", 0.3}});
  EXPECT_EQ(verdict(misplaced, "numa").state, RungState::hot);
  EXPECT_EQ(verdict(misplaced, "numa").summary, "100 % of memory is remote to the threads, 100 % misplaced");
}

TEST(LadderVerdicts, SummariesAreInWordsThatPeopleUse) {
  const FactSet facts = measured({{"profile.fault_path.share", 0.784},
                                  {"profile.give_back.share", 0.051},
                                  {"memory.mapped_bytes", 1.3 * 1024 * 1024 * 1024},
                                  {"memory.rss_bytes", 1024.0 * 1024 * 1024},
                                  {"throttling.periods.count", 100},
                                  {"throttling.throttled.share", 0.7},
                                  {"throttling.time_share", 0.5},
                                  {"sched.queue.time_share", 0.12},
                                  {"sched.neighbours.wait_share", 0.9},
                                  {"sched.neighbours.cores", 0.8},
                                  {"sched.steal.share", 0.0}});
  EXPECT_EQ(verdict(facts, "profile").summary, "78 % of samples in the page-fault path, 5.1 % giving memory back");
  EXPECT_EQ(verdict(facts, "memory").summary, "1 GiB resident, mapped 1.3 × resident");
  EXPECT_EQ(verdict(facts, "throttling").summary, "70 of 100 periods, 50 % of time stopped by the quota");
  EXPECT_EQ(verdict(facts, "throttling").state, RungState::hot);
  EXPECT_EQ(verdict(facts, "scheduling").summary,
            "12 % of time queueing for a CPU, 90 % of it behind others, 0.8 cores used by others");
  EXPECT_EQ(verdict(facts, "scheduling").state, RungState::hot);
}

TEST(LadderVerdicts, TheTlbIsUnknownWithoutAPmuAndHotByTimeInWalks) {
  FactSet facts;
  facts.put(Fact::unknown("tlb.walk.time_share", "no PMU on this machine"));
  EXPECT_EQ(verdict(facts, "tlb").state, RungState::unknown);
  EXPECT_EQ(verdict(facts, "tlb").summary, "no PMU on this machine");
  const auto hot = verdict(measured({{"tlb.walk.time_share", 0.2}, {"tlb.dtlb_load_miss.share", 0.03}}), "tlb");
  EXPECT_EQ(hot.state, RungState::hot);
  EXPECT_EQ(hot.summary, "20 % of time in page walks, 3 % of loads miss the TLB");
}

TEST(LadderVerdicts, NoQuotaIsOk) {
  const FactSet facts = measured({{"throttling.periods.count", 0}, {"throttling.time_share", 0}});
  EXPECT_EQ(verdict(facts, "throttling").state, RungState::ok);
  EXPECT_EQ(verdict(facts, "throttling").summary, "no CPU quota was counted");
}

TEST(LadderVerdicts, AllocationsAreShownAndNeverHot) {
  const FactSet facts = measured({{"allocations.per_second", 2e6}, {"allocations.ns_each", 40}});
  EXPECT_EQ(verdict(facts, "allocations").state, RungState::ok);
  EXPECT_EQ(verdict(facts, "allocations").summary, "2 M/s allocations, 40 ns each");
}

}  // namespace
}  // namespace faultline::diagnosis
