// SPDX-License-Identifier: Apache-2.0
// What the lab measures with has to be right itself.
#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <vector>

#include "tests/lab/harness/drop_in_environment.h"
#include "tests/lab/support/latency.h"

namespace faultline::lab {
namespace {

TEST(LabLatency, quantiles_are_those_of_the_sorted_times_to_a_sixty_fourth) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> time_ns(12, 2);
  std::vector<std::uint64_t> times;
  Latency latency;
  for (int i = 0; i < 20000; ++i) {
    times.push_back(static_cast<std::uint64_t>(time_ns(random)));
    latency.record(times.back());
  }
  std::sort(times.begin(), times.end());
  for (const double q : {0.01, 0.5, 0.99, 0.999}) {
    const auto exact = static_cast<double>(times[static_cast<std::size_t>(q * 20000) - 1]);
    EXPECT_NEAR(static_cast<double>(latency.quantile_ns(q)), exact, exact / 64 + 1) << q;
  }
  EXPECT_EQ(latency.quantile_ns(1), times.back());
  EXPECT_EQ(latency.max_ns(), times.back());
}

TEST(LabLatency, histograms_of_several_threads_add_up) {
  Latency one;
  Latency other;
  one.record(10);
  other.record(1000);
  one.add(other);
  EXPECT_EQ(one.count(), 2U);
  EXPECT_EQ(one.quantile_ns(0.5), 10U);
  EXPECT_EQ(one.max_ns(), 1000U);
}

TEST(LabLatency, nothing_recorded_is_zero) { EXPECT_EQ(Latency().quantile_ns(0.99), 0U); }

TEST(LabDropIn, environment_lines_are_read_as_systemd_reads_them) {
  const auto variables = environment_of_drop_in(
      "# Environment=NOT=this\n[Service]\nEnvironment=A=1 \"B=two words\"\nEnvironment='C=100%%'\nEnvironment=A=2\n"
      "CPUQuota=50%\n");
  const std::map<std::string, std::string> expected{{"A", "2"}, {"B", "two words"}, {"C", "100%"}};
  EXPECT_EQ(variables, expected);
}

}  // namespace
}  // namespace faultline::lab
