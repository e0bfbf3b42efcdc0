// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/cpu_times.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace faultline::host {
namespace {

const double tick_seconds = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));

TEST(CpuTimes, AreBusyIdleAndStolenByCpu) {
  const auto times = parse_cpu_times(
      "cpu  30 0 0 0 0 0 0 0 0 0\n"
      "cpu0 1 2 3 40 5 6 7 8 1 0\n"
      "cpu12 100 0 0 0 0 0 0 0 0 0\n"
      "intr 5 cpu\n");
  ASSERT_TRUE(times);
  ASSERT_EQ(times->size(), 2U) << "the line of the sum is no CPU";
  EXPECT_DOUBLE_EQ(times->at(0).busy_seconds, (1 + 2 + 3 + 6 + 7) * tick_seconds) << "guest time is in user already";
  EXPECT_DOUBLE_EQ(times->at(0).idle_seconds, 45 * tick_seconds);
  EXPECT_DOUBLE_EQ(times->at(0).stolen_seconds, 8 * tick_seconds);
  EXPECT_DOUBLE_EQ(sum_of(*times, {0, 12, 99}).busy_seconds, 119 * tick_seconds);
  EXPECT_DOUBLE_EQ(sum_of(*times, {12}).idle_seconds, 0);
}

TEST(CpuTimes, BusyIsWhatIsNeitherIdleNorStolen) {
  // As a timer-driven service on two CPUs was counted in 5 s: by ticks 0.46 cores, by the clock 0.30.
  const CpuTimes before{100, 1000, 1}, after{102.3, 1008.5, 1};
  EXPECT_NEAR(busy_between(before, after, 2, 5), 1.5, 1e-9);
  EXPECT_NEAR(busy_between(before, {102.3, 1008.5, 1.5}, 2, 5), 1.0, 1e-9);
  EXPECT_EQ(busy_between(before, {100, 1010.1, 1}, 2, 5), 0) << "no less than nothing";
  EXPECT_NEAR(busy_between(before, {100, 999.9, 0.9}, 1, 5), 5, 1e-9) << "what went back did not pass";
}

TEST(CpuTimes, OfWhatIsNoProcStatAreAnError) {
  for (const auto* text :
       {"", "intr 1\n", "cpu 1 2 3 4 5 6 7 8\n", "cpu0 1 2 3\n", "cpu0 1 2 3 4 5 6 7 -8 0 0\n",
        "cpux 1 2 3 4 5 6 7 8\n", "cpu-1 1 2 3 4 5 6 7 8\n", "cpu0 1 2 3 4 5 6 7 99999999999999999999999\n"}) {
    EXPECT_FALSE(parse_cpu_times(text)) << text;
  }
}

TEST(CpuTimes, OfThisMachineAreThere) {
  const auto root = Root::open();
  ASSERT_TRUE(root);
  const auto times = read_cpu_times(*root);
  ASSERT_TRUE(times);
  EXPECT_EQ(times->size(), static_cast<std::size_t>(::sysconf(_SC_NPROCESSORS_ONLN)));
  for (const auto& [cpu, one] : *times) EXPECT_GT(one.busy_seconds + one.idle_seconds, 0) << cpu;
}

}  // namespace
}  // namespace faultline::host
