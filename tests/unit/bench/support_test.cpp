// SPDX-License-Identifier: Apache-2.0
// What the benches decide with. Ranks as in tables of the sign test.
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>
#include <vector>

#include "tests/bench/support/measured.h"
#include "tests/bench/support/perf_record.h"
#include "tests/bench/support/statistics.h"
#include "tests/bench/support/timeline.h"
#include "tests/bench/support/verdict.h"

namespace faultline::bench {
namespace {

std::vector<double> one_to(int count) {
  std::vector<double> values(static_cast<std::size_t>(count));
  std::iota(values.rbegin(), values.rend(), 1);
  return values;
}

TEST(Median, IsTheMiddleOrTheMeanOfTheTwoMiddles) {
  EXPECT_DOUBLE_EQ(median({9, 1, 5}), 5);
  EXPECT_DOUBLE_EQ(median({9, 1, 5, 6}), 5.5);
  EXPECT_TRUE(std::isnan(median({})));
}

TEST(MedianInterval, HasTheRanksOfTheSignTest) {
  struct Case {
    int count;
    double low, high;
  };
  for (const Case& one : {Case{6, 1, 6}, Case{10, 2, 9}, Case{20, 6, 15}, Case{40, 14, 27}}) {
    const auto interval = median_interval(one_to(one.count));
    ASSERT_TRUE(interval) << one.count;
    EXPECT_DOUBLE_EQ(interval->low, one.low) << one.count;
    EXPECT_DOUBLE_EQ(interval->high, one.high) << one.count;
  }
}

TEST(MedianInterval, IsUnknownForFewerThanSixValues) {
  for (int count = 0; count < 6; ++count) EXPECT_FALSE(median_interval(one_to(count))) << count;
}

TEST(Verdict, IsHeldOnlyWhenTheWholeIntervalIsWithinTheBound) {
  EXPECT_EQ(at_most({0.1, 0.2, 0.3, 0.4, 0.5, 1.0}, 1), Verdict::held);
  EXPECT_EQ(at_most({0.1, 0.2, 0.3, 0.4, 0.5, 1.1}, 1), Verdict::not_decided);
  EXPECT_EQ(at_most({1.1, 1.2, 1.3, 1.4, 1.5, 1.6}, 1), Verdict::missed);
  EXPECT_EQ(at_most({0.1, 0.1}, 1), Verdict::not_decided);
  EXPECT_EQ(within({-1.0, -0.2, 0.3, 0.4, 0.5, 1.0}, 1), Verdict::held);
  EXPECT_EQ(within({-1.1, -0.2, 0.3, 0.4, 0.5, 1.0}, 1), Verdict::not_decided);
  EXPECT_EQ(within({-1.1, -1.2, -1.3, -1.4, -1.5, -1.6}, 1), Verdict::missed);
  EXPECT_EQ(within({1.1, 1.2, 1.3, 1.4, 1.5, 1.6}, 1), Verdict::missed);
  EXPECT_EQ(median_at_most({}, 1), Verdict::not_decided);
}

TEST(Verdicts, TheWorstOneIsTheExitCode) {
  Verdicts verdicts;
  EXPECT_EQ(verdicts.exit_code(), 0);
  verdicts.add(Verdict::held);
  verdicts.add(Verdict::not_decided);
  EXPECT_EQ(verdicts.exit_code(), 2);
  verdicts.add(Verdict::missed);
  verdicts.add(Verdict::held);
  EXPECT_EQ(verdicts.exit_code(), 1);
}

TEST(CountStacks, CountsASampleOnceForAnyFrameOfTheFaultPath) {
  const StackCount count = count_stacks(
      "\t ffffffff81 clear_page_erms\n\t ffffffff82 handle_mm_fault\n\t ffffffff83 asm_exc_page_fault\n"
      "\t 55d0 fill\n\n"
      "\t 55d0 my_handle_mm_fault\n\t 55d1 main\n\n\n"
      "\t ffffffff81 schedule\n");
  EXPECT_DOUBLE_EQ(count.samples, 3);
  EXPECT_DOUBLE_EQ(count.in_fault_path, 1);
}

TEST(ReadDocument, TakesTheWindowAndTheNumbersOfASnapshotOrAnAudit) {
  const std::string target = R"({"window": {"start": "1970-01-02T00:00:01.250Z", "seconds": 2.5},
    "facts": {"a": {"value": 3}, "b": {"value": null}, "c": {"value": "text"}}})";
  for (const std::string& document : {target, R"({"targets": [)" + target + "]}"}) {
    const Measured measured = read_document(document);
    EXPECT_DOUBLE_EQ(measured.opened, 86401.25);
    EXPECT_DOUBLE_EQ(measured.closed(), 86403.75);
    EXPECT_EQ(measured.fact("a"), 3);
    EXPECT_FALSE(measured.fact("b"));
    EXPECT_FALSE(measured.fact("c"));
  }
}

TEST(Timeline, CountsBetweenMomentsAndNotBeyondItsReadings) {
  Timeline timeline;
  timeline.add(10, {100, 0});
  timeline.add(12, {300, 4});
  timeline.add(11, {900, 9});  // late, and left out
  timeline.add(13, {310, 4});
  const auto within_one = timeline.between(10.5, 11.5);
  ASSERT_TRUE(within_one);
  EXPECT_DOUBLE_EQ(within_one->at(0), 100);
  EXPECT_DOUBLE_EQ(within_one->at(1), 2);
  const auto all = timeline.between(10, 13);
  ASSERT_TRUE(all);
  EXPECT_DOUBLE_EQ(all->at(0), 210);
  EXPECT_FALSE(timeline.between(9.9, 12));
  EXPECT_FALSE(timeline.between(10, 13.1));
}

}  // namespace
}  // namespace faultline::bench
