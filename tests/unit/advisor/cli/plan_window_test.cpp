// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "advisor/cli/support/pipeline.h"

namespace faultline::cli {
namespace {

using ::testing::HasSubstr;

WindowPlan planned(const std::string& window, const std::string& slice, const std::string& duration = "") {
  WindowOptions options;
  options.window = window;
  options.slice = slice;
  options.duration = duration;
  return plan_window(options).value();
}

TEST(PlanWindow, TakesWhatIsAskedFor) {
  const WindowPlan plan = planned("10s", "500ms");
  EXPECT_DOUBLE_EQ(plan.window_seconds, 10);
  EXPECT_DOUBLE_EQ(plan.slice_seconds, 0.5);
  EXPECT_EQ(plan.note, "");
}

TEST(PlanWindow, MakesSlicesLongerWhereThereWouldBeTooManyAndSaysSo) {
  const WindowPlan plan = planned("10m", "100ms");
  EXPECT_DOUBLE_EQ(plan.slice_seconds, 5);
  EXPECT_THAT(plan.note, HasSubstr("slices of 5.0 s"));
  EXPECT_THAT(plan.note, HasSubstr("at most 120"));
}

TEST(PlanWindow, ALongWindowHasSixtySlices) {
  const WindowPlan plan = planned("10s", "1s", "30m");
  EXPECT_DOUBLE_EQ(plan.window_seconds, 1800);
  EXPECT_DOUBLE_EQ(plan.slice_seconds, 30);
  EXPECT_EQ(plan.note, "");
}

}  // namespace
}  // namespace faultline::cli
