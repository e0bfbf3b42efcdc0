// SPDX-License-Identifier: Apache-2.0
// What the rungs make of readings of the BPF probes.
#include <gmock/gmock.h>
#include <sys/syscall.h>

#include "advisor/ladder/support/rung.h"
#include "tests/unit/advisor/support/watched_child.h"

namespace faultline {
namespace {

using target::PageKind;
using ::testing::HasSubstr;

KnownPage page(PageKind kind, unsigned touches, unsigned copies = 0) {
  return {{.process = 1, .address = 0, .touches = touches, .copies = copies}, kind};
}

class ProbeRungs : public test::WatchedChild {
 protected:
  void SetUp() override { watch(child_); }

  FactSet facts_of(std::string_view id, double seconds = 2) {
    FactSet facts;
    for (const auto& rung : all_rungs()) {
      if (rung->id() != id) continue;
      const host::SampleFeed feed = host::SampleFeed::open(*machine_);
      const target::Activity activity;
      const Observation seen{*machine_, *watch_, feed, activity, 1.0, readings_};
      rung->open(seen);
      rung->slice(seen);
      rung->close(seen, seconds);
      for (Fact& fact : rung->result(seen).facts) facts.put(std::move(fact));
    }
    return facts;
  }
  test::WorkingChild child_{[] {}};
  ProbeReadings readings_;
};

TEST_F(ProbeRungs, FaultsAreSharedOutByWhatTheyAreOn) {
  readings_.faults = WatchedFaults{.seconds = 0.5,
                                   .bursts = 2,
                                   .counts = {.faults = 1600, .pages_missed = 0},
                                   .page_bits = 4,
                                   .pages = {page(PageKind::arena, 50), page(PageKind::heap, 20),
                                             page(PageKind::file, 20), page(PageKind::stack, 0, 10)},
                                   .threads = {{"worker", 60}, {"worker", 30}, {"main", 10}}};
  const FactSet facts = facts_of("faults");
  EXPECT_DOUBLE_EQ(*facts.number("faults.on_arena.share"), 0.5);
  EXPECT_DOUBLE_EQ(*facts.number("faults.on_heap.share"), 0.2);
  EXPECT_DOUBLE_EQ(*facts.number("faults.on_file.share"), 0.2);
  EXPECT_DOUBLE_EQ(*facts.number("faults.on_stack.share"), 0.1);
  EXPECT_DOUBLE_EQ(*facts.number("faults.on_gone.share"), 0.0);
  EXPECT_DOUBLE_EQ(*facts.number("faults.copied.share"), 0.1);
  EXPECT_DOUBLE_EQ(*facts.number("faults.watched.count"), 1600);
  EXPECT_DOUBLE_EQ(*facts.number("faults.watched.seconds"), 0.5);
  EXPECT_EQ(facts.text("faults.threads"), "worker 90 %, main 10 %");
  EXPECT_THAT(facts.find("faults.on_arena.share")->source, HasSubstr("one in 16"));
}

TEST_F(ProbeRungs, SamplesDoNotTellACopyFromATouch) {
  readings_.faults = WatchedFaults{.counts = {.faults = 400},
                                   .pages = {page(PageKind::arena, 30), page(PageKind::heap, 10)},
                                   .threads = {{"main", 40}},
                                   .tells_copies = false,
                                   .threads_left_out = "16 of 20 threads"};
  const FactSet facts = facts_of("faults");
  EXPECT_FALSE(facts.find("faults.copied.share")->known());
  EXPECT_THAT(facts.find("faults.copied.share")->unlock, HasSubstr("CAP_BPF"));
  EXPECT_DOUBLE_EQ(*facts.number("faults.same_page.share"), 38.0 / 40);
  EXPECT_EQ(facts.find("faults.same_page.share")->quality, Quality::estimated);
  EXPECT_THAT(facts.find("faults.on_arena.share")->source, HasSubstr("16 of 20 threads"));
  EXPECT_THAT(facts.find("faults.on_arena.share")->source, HasSubstr("perf:page-faults-min"));
}

TEST_F(ProbeRungs, TheSamePageAgainIsOfPrivateMemoryThatIsStillThere) {
  readings_.faults =
      WatchedFaults{.counts = {.faults = 400},
                    .pages = {page(PageKind::arena, 30), page(PageKind::anonymous, 10), page(PageKind::file, 100),
                              page(PageKind::gone, 100), page(PageKind::heap, 0, 60)},
                    .threads = {{"main", 400}}};
  // The first touch of each of two pages is no return.
  EXPECT_DOUBLE_EQ(*facts_of("faults").number("faults.same_page.share"), 38.0 / 40);
}

TEST_F(ProbeRungs, APageThatCouldNotBeLookedUpIsOfNoKind) {
  const KnownPage nameless{{.process = 1, .address = 0, .touches = 60, .copies = 0}, std::nullopt};
  readings_.faults = WatchedFaults{.counts = {.faults = 100},
                                   .pages = {nameless, page(PageKind::heap, 40)},
                                   .threads = {{"main", 100}},
                                   .why_no_kind = "the mappings could not be read: too long"};
  const FactSet some = facts_of("faults");
  EXPECT_DOUBLE_EQ(*some.number("faults.on_heap.share"), 1.0) << "of those that are known";
  EXPECT_DOUBLE_EQ(*some.number("faults.on_gone.share"), 0.0);
  readings_.faults->pages = {nameless};
  const FactSet none = facts_of("faults");
  for (const char* name : {"faults.on_heap.share", "faults.on_gone.share", "faults.same_page.share"}) {
    EXPECT_FALSE(none.find(name)->known()) << name;
    EXPECT_EQ(none.find(name)->reason, "the mappings could not be read: too long");
  }
  EXPECT_TRUE(none.find("faults.copied.share")->known());
}

TEST_F(ProbeRungs, AFewFaultsAreNoShareOfAnything) {
  readings_.faults = WatchedFaults{.counts = {.faults = 5}, .pages = {page(PageKind::heap, 5)}, .threads = {}};
  const FactSet facts = facts_of("faults");
  EXPECT_DOUBLE_EQ(*facts.number("faults.watched.count"), 5);
  EXPECT_FALSE(facts.find("faults.on_heap.share")->known());
  EXPECT_FALSE(facts.find("faults.same_page.share")->known());
}

TEST_F(ProbeRungs, FewFaultsOnPrivateMemoryLeaveOnlyTheirReturnUnknown) {
  readings_.faults = WatchedFaults{
      .counts = {.faults = 105}, .pages = {page(PageKind::file, 100), page(PageKind::heap, 5)}, .threads = {{"a", 1}}};
  const FactSet facts = facts_of("faults");
  EXPECT_TRUE(facts.find("faults.on_file.share")->known());
  EXPECT_FALSE(facts.find("faults.same_page.share")->known());
}

TEST_F(ProbeRungs, NamesOfThreadsAreMadeSafeToPrint) {
  readings_.faults =
      WatchedFaults{.counts = {.faults = 100}, .pages = {page(PageKind::heap, 100)}, .threads = {{"a\x1b[31mb", 100}}};
  EXPECT_EQ(facts_of("faults").text("faults.threads"), "a\\x1b[31mb 100 %");
}

TEST_F(ProbeRungs, WaitsAreSummedAndTheLongestNamed) {
  host::LockWaits waits{.reads = 40, .writes = 60, .read_seconds = 0.5, .write_seconds = 1.5};
  waits.by_log2_ns[10] = 98;
  waits.by_log2_ns[20] = 2;
  readings_.lock_waits = WatchedWaits{waits, 2, 2};
  const FactSet facts = facts_of("locks");
  EXPECT_DOUBLE_EQ(*facts.number("mmap_lock.wait.seconds"), 2.0);
  EXPECT_DOUBLE_EQ(*facts.number("mmap_lock.read_wait.seconds"), 0.5);
  EXPECT_DOUBLE_EQ(*facts.number("mmap_lock.write_wait.seconds"), 1.5);
  EXPECT_DOUBLE_EQ(*facts.number("mmap_lock.waits.count"), 100);
  EXPECT_DOUBLE_EQ(*facts.number("mmap_lock.waits.per_second"), 50);
  EXPECT_DOUBLE_EQ(*facts.number("mmap_lock.wait.p99_ns"), 2097152);
  EXPECT_EQ(facts.find("mmap_lock.wait.seconds")->slices, std::vector<std::optional<double>>{2.0});
}

TEST_F(ProbeRungs, WaitsOfShortLooksStandForTheWindow) {
  host::LockWaits waits{.reads = 40, .writes = 60, .read_seconds = 0.01, .write_seconds = 0.03};
  waits.by_log2_ns[10] = 100;
  readings_.lock_waits = WatchedWaits{waits, 0.1, 2};
  const FactSet facts = facts_of("locks");
  EXPECT_NEAR(*facts.number("mmap_lock.wait.seconds"), 0.8, 1e-12);
  EXPECT_NEAR(*facts.number("mmap_lock.waits.count"), 2000, 1e-9);
  EXPECT_NEAR(*facts.number("mmap_lock.waits.per_second"), 1000, 1e-9);
  EXPECT_DOUBLE_EQ(*facts.number("mmap_lock.waits.seen.count"), 100);
  EXPECT_EQ(facts.find("mmap_lock.wait.seconds")->quality, Quality::estimated);
  EXPECT_EQ(facts.find("mmap_lock.waits.seen.count")->quality, Quality::measured);
  EXPECT_NE(facts.find("mmap_lock.wait.seconds")->source.find("looks of 0.1 s"), std::string::npos);
  EXPECT_NEAR(*facts.find("mmap_lock.wait.seconds")->slices.front(), 0.8, 1e-12);
}

TEST_F(ProbeRungs, WithoutAWaitThereIsNoLongest) {
  readings_.lock_waits = WatchedWaits{{}, 2, 2};
  const FactSet facts = facts_of("locks");
  EXPECT_DOUBLE_EQ(*facts.number("mmap_lock.waits.count"), 0);
  EXPECT_FALSE(facts.find("mmap_lock.wait.p99_ns")->known());
}

TEST_F(ProbeRungs, TheCallThatHoldsTheLockLongestComesFirst) {
  readings_.lock_waits = WatchedWaits{{}, 2, 2};
  readings_.lock_takers = WatchedTakers{0.5,
                                        {{SYS_mmap, 0, 900, 0.01},
                                         {SYS_mprotect, 0, 90, 0.08},
                                         {SYS_madvise, 14, 9, 0.005},
                                         {host::LockTaker::another_process, 0, 1, 0.005}}};
  const FactSet facts = facts_of("locks");
  EXPECT_EQ(facts.text("mmap_lock.takers"), "mprotect 80 %, mmap 10 %, madvise HUGEPAGE 5 %, another process 5 %");
  EXPECT_DOUBLE_EQ(*facts.number("mmap_lock.write_held.share"), 0.2);
  EXPECT_DOUBLE_EQ(*facts.number("mmap_lock.write_takes.per_second"), 2000);
}

TEST_F(ProbeRungs, WhatIsNotSeenIsUnknownWithReasonAndUnlock) {
  const auto refused = fail(ErrorKind::permission, "cannot load", "bpf", "not permitted", "run as root");
  readings_.lock_waits = refused;
  readings_.lock_takers = refused;
  readings_.faults = refused;
  for (const char* rung : {"locks", "faults"}) {
    const FactSet facts = facts_of(rung);
    EXPECT_FALSE(facts.all().empty());
    for (const auto& [name, fact] : facts.all()) {
      EXPECT_FALSE(fact.known()) << name;
      EXPECT_EQ(fact.reason, "not permitted") << name;
      EXPECT_EQ(fact.unlock, "run as root") << name;
    }
  }
}

TEST_F(ProbeRungs, SleepAtTheLockIsTimeThatTheTargetPays) {
  host::LockWaits waits;
  waits.write_seconds = 7;
  readings_.lock_waits = WatchedWaits{waits, 2, 2};
  const double with = *facts_of("counters").number("time.base.seconds");
  readings_.lock_waits = WatchedWaits{{}, 2, 2};
  const double without = *facts_of("counters").number("time.base.seconds");
  EXPECT_NEAR(with - without, 7, 0.5);
}

}  // namespace
}  // namespace faultline
