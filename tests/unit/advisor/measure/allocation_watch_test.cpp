// SPDX-License-Identifier: Apache-2.0
// Bursts of counting over a real child.
#include "advisor/measure/allocation_watch.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <sys/ptrace.h>

#include "advisor/measure/fault_bursts.h"
#include "tests/unit/advisor/support/probe_here.h"
#include "tests/unit/advisor/support/working_child.h"

namespace faultline::measure {
namespace {

using test::WorkingChild;

void allocate_forever() {
  for (;;) {
    void* volatile block = std::malloc(3000);
    std::free(block);
  }
}

class AllocationWatchOnAChild : public test::ProbeHere {
 protected:
  void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "the sanitizer replaces malloc";
#endif
    ProbeHere::SetUp();
  }
  /// Skips where allocations can't be counted.
  std::optional<AllocationWatch> prepared(const WorkingChild& child) {
    AllocationWatch watch(*machine_, 1);
    watch.prepare(*probe_, {{child.pid()}});
    probe_->follow(child.pid(), 0);
    const auto functions = target::find_allocation_functions(*machine_, child.pid());
    if (!functions) return std::nullopt;
    if (watch.of(0).error().where != "window") return std::nullopt;
    return watch;
  }
};

TEST_F(AllocationWatchOnAChild, CountsInABurstAndStopsAtItsBudget) {
  const WorkingChild child(allocate_forever);
  auto watch = prepared(child);
  if (!watch) GTEST_SKIP() << "allocations can't be counted here";
  child.tell();
  EXPECT_FALSE(watch->of(0)) << "nothing is counted before the first look";
  constexpr double used_seconds = 4;
  // A busy machine may leave the child without a CPU in a burst.
  for (int tries = 0; tries < 50 && (!watch->of(0) || watch->of(0)->counts.counted == 0); ++tries) {
    watch->look(*probe_, 0, {child.pid()}, used_seconds, 0.1);
  }
  ASSERT_TRUE(watch->of(0)) << watch->of(0).error().why;
  const WatchedAllocations& watched = *watch->of(0);
  EXPECT_GT(watched.counts.counted, 0U);
  EXPECT_EQ(watched.counts.counted, watched.counts.by_log2_bytes[11]) << "all are of 3000 bytes";
  EXPECT_GT(watched.hit_seconds, 0);
  EXPECT_EQ(watched.processes, 1U);
}

TEST_F(AllocationWatchOnAChild, BeginsNoBurstWhenTheBudgetIsSpent) {
  const WorkingChild child(allocate_forever);
  auto watch = prepared(child);
  if (!watch) GTEST_SKIP() << "allocations can't be counted here";
  child.tell();
  // A budget of 50 us, some ten to a hundred hits, is gone after a step of the first burst in which the child ran.
  std::size_t bursts = 0;
  for (int tries = 0; tries < 50; ++tries) {
    watch->look(*probe_, 0, {child.pid()}, 0, 0.002);
    if (watch->of(0) && watch->of(0)->bursts.size() == bursts && bursts > 0) break;
    bursts = watch->of(0) ? watch->of(0)->bursts.size() : 0;
  }
  ASSERT_TRUE(watch->of(0));
  EXPECT_LT(bursts, 50U) << "there was always one more";
  EXPECT_GE(static_cast<double>(watch->of(0)->counts.hits) * watch->of(0)->hit_seconds, WatchCost::share * 0.01);
}

TEST_F(AllocationWatchOnAChild, LeavesAProcessAloneThatADebuggerHolds) {
  const WorkingChild child(allocate_forever);
  auto watch = prepared(child);
  if (!watch) GTEST_SKIP() << "allocations can't be counted here";
  if (::ptrace(PTRACE_SEIZE, child.pid(), nullptr, nullptr) != 0) GTEST_SKIP() << "ptrace is denied";
  child.tell();
  watch->look(*probe_, 0, {child.pid()}, 4, 0.01);
  ASSERT_FALSE(watch->of(0));
  EXPECT_EQ(watch->of(0).error().where, "TracerPid");
}

TEST(AllocationWatch, TargetsTakeTurnsTwoByTwo) {
  EXPECT_FALSE(AllocationWatch::is_turn(0, 0, 5));
  EXPECT_TRUE(AllocationWatch::is_turn(1, 0, 5));
  EXPECT_TRUE(AllocationWatch::is_turn(1, 1, 5));
  EXPECT_FALSE(AllocationWatch::is_turn(1, 2, 5));
  EXPECT_TRUE(AllocationWatch::is_turn(2, 2, 5));
  EXPECT_FALSE(AllocationWatch::is_turn(3, 0, 5));
  EXPECT_TRUE(AllocationWatch::is_turn(4, 0, 5));
  EXPECT_TRUE(AllocationWatch::is_turn(8, AllocationWatch::most_targets - 1, 16));
  EXPECT_FALSE(AllocationWatch::is_turn(64, AllocationWatch::most_targets, 17));
}

TEST(AllocationWatch, OneTargetAloneHasBurstsEnoughToTellHowTheyDiffer) {
  unsigned turns = 0;
  for (unsigned slice = 0; slice < 10; ++slice) turns += AllocationWatch::is_turn(slice, 0, 1) ? 1 : 0;
  EXPECT_EQ(turns, 9U);
  EXPECT_FALSE(AllocationWatch::is_turn(11, 0, 1));
  EXPECT_TRUE(AllocationWatch::is_turn(16, 0, 1));
}

TEST(AllocationWatch, OnlySoManyTargetsAreProbed) {
  const auto machine = host::inspect_machine();
  ASSERT_TRUE(machine);
  const AllocationWatch watch(*machine, AllocationWatch::most_targets + 1);
  EXPECT_NE(watch.of(AllocationWatch::most_targets).error().why.find("first 16 targets"), std::string::npos);
}

}  // namespace
}  // namespace faultline::measure
