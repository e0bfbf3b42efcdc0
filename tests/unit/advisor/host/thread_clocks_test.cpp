// SPDX-License-Identifier: Apache-2.0
// CPU time of a real child, as exact as its bursts are short.
#include "advisor/host/thread_clocks.h"

#include <ctime>
#include <gtest/gtest.h>
#include <optional>
#include <thread>

#include "tests/unit/advisor/support/working_child.h"

namespace faultline::host {
namespace {

using test::WorkingChild;

class ThreadClocksHere : public ::testing::Test {
 protected:
  void SetUp() override {
    auto machine = inspect_machine();
    ASSERT_TRUE(machine);
    machine_.emplace(std::move(*machine));
  }
  std::optional<Machine> machine_;
};

TEST_F(ThreadClocksHere, SeeARunningThreadGoOn) {
  const WorkingChild child(test::spin);
  child.tell();
  const auto clocks = ThreadClocks::open(*machine_, {child.pid()});
  if (!clocks) GTEST_SKIP() << clocks.error().why;
  double before = clocks->seconds();
  int grown = 0;
  // A tick is 1 to 10 ms: a clock that went by it would stand still at most of these readings.
  for (int i = 0; i < 20000 && grown < 20; ++i) {
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    const double now = clocks->seconds();
    grown = now > before ? grown + 1 : 0;
    before = now;
  }
  EXPECT_EQ(grown, 20);
}

TEST_F(ThreadClocksHere, StandStillWithAThreadThatWaits) {
  const WorkingChild child([] {});
  child.work();
  const auto clocks = ThreadClocks::open(*machine_, {child.pid()});
  if (!clocks) GTEST_SKIP() << clocks.error().why;
  EXPECT_LT(clocks->seconds(), 0.01);
  EXPECT_DOUBLE_EQ(clocks->other_seconds(), 0);
}

TEST_F(ThreadClocksHere, CountThreadsThatComeLater) {
  const WorkingChild child([] {
    std::thread later([] {
      const std::clock_t began = std::clock();
      while (std::clock() - began < CLOCKS_PER_SEC / 20) continue;
    });
    later.join();
  });
  const auto clocks = ThreadClocks::open(*machine_, {child.pid()});
  if (!clocks) GTEST_SKIP() << clocks.error().why;
  child.work();
  EXPECT_GE(clocks->seconds(), 0.045);
}

TEST_F(ThreadClocksHere, WithoutAProcessThereAreNone) {
  const auto clocks = ThreadClocks::open(*machine_, {});
  ASSERT_FALSE(clocks);
  EXPECT_EQ(clocks.error().kind, ErrorKind::gone);
}

}  // namespace
}  // namespace faultline::host
