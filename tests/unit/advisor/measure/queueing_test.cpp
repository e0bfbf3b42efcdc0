// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/queueing.h"

#include <gtest/gtest.h>
#include <string>
#include <utility>

namespace faultline::measure {
namespace {

/// One thread on one CPU, which a neighbour uses for half of ten seconds.
FactSet beside_one_neighbour() {
  FactSet facts;
  for (const auto& [name, value] : {std::pair{"time.base.seconds", 10.0},
                                    {"window.seconds", 10.0},
                                    {"time.wait.share", 0.5},
                                    {"throttling.time_share", 0.0},
                                    {"cpu.busy.cores", 0.5},
                                    {"cpu.one_thread.share", 1.0},
                                    {"sched.busy.cores", 1.0},
                                    {"sched.steal.share", 0.0},
                                    {"sched.allowed_cpus.count", 1.0}}) {
    facts.put(Fact::measured(name, value, "test"));
  }
  return facts;
}

FactSet queued(FactSet facts, std::initializer_list<std::pair<const char*, double>> changes = {}) {
  for (const auto& [name, value] : changes) facts.put(Fact::measured(name, value, "test"));
  add_queueing_facts(facts);
  return facts;
}

/// Eight threads that are always ready, alone on two CPUs.
FactSet own_threads() {
  return queued(beside_one_neighbour(), {{"time.base.seconds", 80},
                                         {"time.wait.share", 0.75},
                                         {"cpu.busy.cores", 2},
                                         {"cpu.one_thread.share", 0.125},
                                         {"sched.busy.cores", 2},
                                         {"sched.allowed_cpus.count", 2}});
}

TEST(Queueing, OfOneThreadIsBehindItsNeighbours) {
  const FactSet facts = queued(beside_one_neighbour());
  EXPECT_DOUBLE_EQ(*facts.number("sched.neighbours.cores"), 0.5);
  EXPECT_DOUBLE_EQ(*facts.number("sched.neighbours.wait_share"), 1.0) << "no thread waits for itself";
  EXPECT_DOUBLE_EQ(*facts.number("sched.queue.others.time_share"), 0.5);
  EXPECT_DOUBLE_EQ(*facts.number("sched.queue.own_threads.time_share"), 0.0);
  EXPECT_EQ(facts.find("sched.queue.time_share")->quality, Quality::measured);
  EXPECT_EQ(facts.find("sched.queue.others.time_share")->quality, Quality::estimated);
}

TEST(Queueing, OfManyThreadsAloneIsBehindEachOther) {
  const FactSet facts = own_threads();
  EXPECT_DOUBLE_EQ(*facts.number("sched.own_threads.runnable"), 8.0);
  EXPECT_DOUBLE_EQ(*facts.number("sched.own_threads.per_cpu"), 4.0);
  EXPECT_DOUBLE_EQ(*facts.number("sched.neighbours.wait_share"), 0.0);
  EXPECT_DOUBLE_EQ(*facts.number("sched.queue.own_threads.time_share"), 0.75);
}

TEST(Queueing, WhatAQuotaExplainsIsNotQueueing) {
  const FactSet facts = queued(beside_one_neighbour(), {{"throttling.time_share", 0.4}});
  EXPECT_NEAR(*facts.number("sched.queue.time_share"), 0.1, 1e-12);
  EXPECT_DOUBLE_EQ(*queued(beside_one_neighbour(), {{"throttling.time_share", 0.6}}).number("sched.queue.time_share"),
                   0.0);
}

TEST(Queueing, WithAnEstimateOfTheQuotaIsAnEstimate) {
  FactSet input = beside_one_neighbour();
  input.put(Fact::estimated("throttling.time_share", 0.4, "test"));
  EXPECT_EQ(queued(std::move(input)).find("sched.queue.time_share")->quality, Quality::estimated);
}

TEST(Queueing, OthersHoldUpNoMoreThanTheyRan) {
  // Two threads that hand over to each other wake up slowly; a neighbour ran for a hundredth of the time.
  const FactSet facts = queued(beside_one_neighbour(), {{"time.wait.share", 0.3}, {"sched.busy.cores", 0.51}});
  EXPECT_LE(*facts.number("sched.queue.others.time_share"), 0.011);
}

TEST(Queueing, OthersHoldUpNoMoreThanTheirPartOfTheCpus) {
  // Half a core of others on two CPUs that are mostly idle: a thread that wakes meets them a quarter of the time at
  // most.
  const FactSet facts = queued(beside_one_neighbour(),
                               {{"sched.allowed_cpus.count", 2}, {"cpu.busy.cores", 0.3}, {"sched.busy.cores", 0.8}});
  EXPECT_DOUBLE_EQ(*facts.number("sched.queue.others.time_share"), 0.25);
}

TEST(Queueing, OfThreadsThatSeldomRunIsBehindEachOtherToo) {
  // Four threads, of which half a one is ready on average, wake up slowly; neighbours use a thirtieth of the CPUs.
  const FactSet facts = queued(beside_one_neighbour(), {{"time.base.seconds", 5.9},
                                                        {"time.wait.share", 0.13},
                                                        {"cpu.busy.cores", 0.51},
                                                        {"cpu.one_thread.share", 0.25},
                                                        {"sched.busy.cores", 0.57},
                                                        {"sched.allowed_cpus.count", 2}});
  EXPECT_NEAR(*facts.number("sched.queue.neighbours.time_share"), 0.13 * 0.06 / (0.06 + 0.51 * 0.75), 1e-9);
  EXPECT_NEAR(*facts.number("sched.queue.neighbours.time_share") + *facts.number("sched.queue.own_threads.time_share"),
              0.13, 1e-9);
}

TEST(Queueing, StolenTimeIsOfOthersAndOfNoNeighbour) {
  const FactSet facts = queued(beside_one_neighbour(), {{"sched.busy.cores", 0.5}, {"sched.steal.share", 0.5}});
  EXPECT_DOUBLE_EQ(*facts.number("sched.neighbours.cores"), 0.0);
  EXPECT_DOUBLE_EQ(*facts.number("sched.queue.neighbours.time_share"), 0.0);
  EXPECT_DOUBLE_EQ(*facts.number("sched.queue.stolen.time_share"), 0.5);
  EXPECT_DOUBLE_EQ(*facts.number("sched.queue.others.time_share"), 0.5);
}

TEST(Queueing, BehindWhomIsToldApartByWhatEachUsed) {
  const FactSet facts = queued(beside_one_neighbour(), {{"sched.busy.cores", 0.7}, {"sched.steal.share", 0.3}});
  EXPECT_NEAR(*facts.number("sched.queue.neighbours.time_share"), 0.2, 1e-12);
  EXPECT_NEAR(*facts.number("sched.queue.stolen.time_share"), 0.3, 1e-12);
  EXPECT_NEAR(*facts.number("sched.queue.others.time_share"), 0.5, 1e-12);
}

TEST(Queueing, OfNobodyIsNone) {
  const FactSet facts =
      queued(beside_one_neighbour(), {{"time.wait.share", 0}, {"cpu.busy.cores", 0}, {"sched.busy.cores", 0}});
  EXPECT_DOUBLE_EQ(*facts.number("sched.queue.others.time_share"), 0.0);
  EXPECT_DOUBLE_EQ(*facts.number("sched.queue.own_threads.time_share"), 0.0);
}

TEST(Queueing, BehindWhomIsUnknownWhereItsCpusCanNotBeSeen) {
  FactSet input = beside_one_neighbour();
  input.put(Fact::unknown("sched.busy.cores", "/proc/stat could not be read", "mount /proc"));
  const FactSet facts = queued(std::move(input));
  EXPECT_TRUE(facts.number("sched.queue.time_share"));
  for (const auto* name : {"sched.neighbours.cores", "sched.neighbours.wait_share", "sched.queue.others.time_share"}) {
    ASSERT_NE(facts.find(name), nullptr) << name;
    EXPECT_FALSE(facts.find(name)->known()) << name;
    EXPECT_NE(facts.find(name)->reason.find("/proc/stat"), std::string::npos) << facts.find(name)->reason;
    EXPECT_EQ(facts.find(name)->unlock, "mount /proc");
  }
}

TEST(Queueing, WhoSleepsAtALockIsNotReadyToRun) {
  const FactSet facts =
      queued(beside_one_neighbour(),
             {{"time.base.seconds", 30}, {"mmap_lock.wait.seconds", 10}, {"sched.allowed_cpus.count", 2}});
  EXPECT_DOUBLE_EQ(*facts.number("sched.own_threads.runnable"), 2.0);
  EXPECT_DOUBLE_EQ(*facts.number("sched.own_threads.per_cpu"), 1.0);
}

TEST(Queueing, OfATargetThatDidNotRunIsUnknown) {
  FactSet input;
  input.put(Fact::unknown("time.wait.share", "the target did not run in the window"));
  input.put(Fact::measured("throttling.time_share", 0.0, "test"));
  const FactSet facts = queued(std::move(input));
  EXPECT_GT(facts.all().size(), 6U);
  for (const auto& [name, fact] : facts.all()) EXPECT_EQ(fact.known(), name == "throttling.time_share") << name;
}

}  // namespace
}  // namespace faultline::measure
