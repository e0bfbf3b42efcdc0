// SPDX-License-Identifier: Apache-2.0
#include "appliers/plan/plan_id.h"

#include <gtest/gtest.h>
#include <set>

namespace faultline::plan {
namespace {

TEST(PlanId, IsTheSameForTheSamePlanOnTheSameState) {
  const Settings settings{EnvironmentVariable{"A", "1"}, CpuQuota{1.5}};
  EXPECT_EQ(plan_id("a.service", settings, std::nullopt), plan_id("a.service", settings, std::nullopt));
  EXPECT_EQ(plan_id("a.service", settings, "x").size(), 16U);
}

TEST(PlanId, DiffersWhenAnythingDoes) {
  const std::set<std::string> ids{
      plan_id("a.service", {EnvironmentVariable{"A", "1"}}, std::nullopt),
      plan_id("b.service", {EnvironmentVariable{"A", "1"}}, std::nullopt),
      plan_id("a.service", {EnvironmentVariable{"A", "2"}}, std::nullopt),
      plan_id("a.service", {EnvironmentVariable{"A1", ""}}, std::nullopt),
      plan_id("a.service", {EnvironmentVariable{"A", "1"}, EnvironmentVariable{"A", "1"}}, std::nullopt),
      plan_id("a.service", {CpuQuota{1}}, std::nullopt),
      plan_id("a.service", {CpuQuota{1.01}}, std::nullopt),
      plan_id("a.service", {}, std::nullopt),
      plan_id("a.service", {}, ""),
      plan_id("a.service", {}, "x"),
  };
  EXPECT_EQ(ids.size(), 10U);
}

}  // namespace
}  // namespace faultline::plan
