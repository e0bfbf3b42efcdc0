// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/fault_bursts.h"

#include <gtest/gtest.h>
#include <vector>

namespace faultline::measure {
namespace {

/// A second of two busy CPUs of a service that faults this often; nobody else does.
FaultRates busy(double faults) {
  return {.seconds = 1, .cpus = 4, .cpu_seconds = 2, .own_faults = faults, .other_faults = 0};
}

TEST(FaultBursts, BeginAtSlicesThatDouble) {
  std::vector<unsigned> looks;
  for (unsigned slice = 0; slice < 40; ++slice) {
    if (is_look(slice)) looks.push_back(slice);
  }
  EXPECT_EQ(looks, (std::vector<unsigned>{1, 2, 4, 8, 16, 32}));
}

TEST(FaultBursts, LastAsLongAsTheBudgetAllows) {
  const double lasts = burst_seconds(busy(100000), 0, 1);
  const double cost = lasts * 100000 * WatchCost::own_fault_seconds;
  EXPECT_NEAR(cost, WatchCost::share * 2, 1e-9);
  EXPECT_NEAR(burst_seconds(busy(200000), 0, 1), lasts / 2, 1e-9);
}

TEST(FaultBursts, TakeOffWhatWasWatchedBefore) {
  const double lasts = burst_seconds(busy(100000), 0, 1);
  EXPECT_NEAR(burst_seconds(busy(100000), 0.1, 1), lasts - 0.1, 1e-9);
  EXPECT_EQ(burst_seconds(busy(100000), lasts, 1), 0);
}

TEST(FaultBursts, TakeNoMoreFromOthersThanTheirShareEither) {
  FaultRates rates = busy(1000);
  rates.other_faults = 1e6;
  const double lasts = burst_seconds(rates, 0, 1);
  EXPECT_NEAR(lasts * 1e6 * WatchCost::other_fault_seconds, WatchCost::share * 4, 1e-9);
}

TEST(FaultBursts, OfSamplesCostTheirOwnPriceAndOthersNothing) {
  FaultRates rates = busy(20000);
  rates.other_faults = 1e9;
  const double lasts = sampled_burst_seconds(rates, 0, 1);
  EXPECT_NEAR(lasts * 20000 * WatchCost::sampled_fault_seconds, WatchCost::share * 2, 1e-9);
  EXPECT_NEAR(sampled_burst_seconds(rates, 0.1, 1), lasts - 0.1, 1e-9);
  EXPECT_EQ(sampled_burst_seconds({}, 0, 1), 0) << "no rates yet";
}

TEST(FaultBursts, OfAServiceThatUsedLessThanATickCountATick) {
  FaultRates rates = busy(1000);
  rates.cpu_seconds = 0;
  EXPECT_NEAR(burst_seconds(rates, 0, 1) * 1000 * WatchCost::own_fault_seconds, WatchCost::share * 0.01, 1e-9);
}

TEST(FaultBursts, AreNeverLongerThanAskedFor) {
  EXPECT_EQ(burst_seconds(busy(10), 0, 0.5), 0.5);
  EXPECT_EQ(burst_seconds(busy(0), 0, 0.5), 0.5) << "nothing happens, so nothing is paid";
}

TEST(FaultBursts, AreLeftOutWhereTheyWouldSeeNoPageTwice) {
  EXPECT_EQ(burst_seconds(busy(5e6), 0, 1), 0);
  EXPECT_EQ(burst_seconds(busy(1000), 0, 0.001), 0) << "the window is nearly over";
  EXPECT_EQ(burst_seconds({}, 0, 1), 0) << "no rates yet";
}

TEST(FaultBursts, BeginWithAsManyPagesAsThereIsPlaceFor) {
  EXPECT_EQ(first_page_bits(0), 0U);
  EXPECT_EQ(first_page_bits(8192), 0U);
  EXPECT_EQ(first_page_bits(8193), 1U);
  EXPECT_EQ(first_page_bits(100000), 4U);
}

}  // namespace
}  // namespace faultline::measure
