// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/quota_levels.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

using host::CpuControl;

CpuControl level(const std::string& path, std::optional<double> quota_cores, std::uint64_t periods,
                 double throttled_seconds) {
  CpuControl control;
  control.path = path;
  control.quota_cores = quota_cores;
  control.periods = periods;
  control.throttled_periods = periods / 2;
  control.throttled_seconds = throttled_seconds;
  control.used_seconds = static_cast<double>(periods) * 0.1;
  return control;
}

TEST(QuotaLevels, TheOneThatStopsTheTargetLongestLimitsIt) {
  QuotaLevels levels;
  levels.look({level("/slice/unit", 1.0, 100, 1), level("/slice", 4.0, 100, 0), level("/", {}, 0, 0)});
  levels.look({level("/slice/unit", 1.0, 200, 3), level("/slice", 4.0, 200, 5), level("/", {}, 0, 0)});
  const auto delta = levels.limiting();
  ASSERT_TRUE(delta);
  EXPECT_EQ(delta->level.path, "/slice");
  EXPECT_DOUBLE_EQ(delta->stopped_seconds, 5);
  EXPECT_DOUBLE_EQ(delta->periods, 100);
  EXPECT_DOUBLE_EQ(delta->throttled_periods, 50);
  EXPECT_DOUBLE_EQ(delta->used_seconds.value(), 10);
}

TEST(QuotaLevels, OfThoseThatStopNobodyTheTightestLimits) {
  QuotaLevels levels;
  for (int i = 0; i < 2; ++i) levels.look({level("/slice/unit", 2.0, 100, 1), level("/slice", 1.5, 100, 0)});
  EXPECT_EQ(levels.limiting()->level.path, "/slice");
}

TEST(QuotaLevels, WhatWasReadOfACgroupThatIsGoneStands) {
  QuotaLevels levels;
  levels.look({level("/unit", 0.5, 100, 1), level("/", {}, 0, 0)});
  levels.look({level("/unit", 0.5, 110, 1.5), level("/", {}, 0, 0)});
  levels.look({level("/", {}, 0, 0)});  // the process ended
  ASSERT_TRUE(levels.limiting());
  EXPECT_EQ(levels.limiting()->level.path, "/unit");
  EXPECT_DOUBLE_EQ(levels.limiting()->stopped_seconds, 0.5);
  EXPECT_FALSE(levels.seen_once());
}

TEST(QuotaLevels, AQuotaThatWasReadOnceIsNotOneThatStoppedNobody) {
  QuotaLevels levels;
  levels.look({level("/unit", 0.5, 100, 1), level("/", {}, 0, 0)});
  levels.look({level("/", {}, 0, 0)});
  EXPECT_EQ(levels.seen_once(), "/unit");
}

TEST(QuotaLevels, ALevelWithoutAQuotaMayComeAndGo) {
  QuotaLevels levels;
  levels.look({level("/unit", {}, 0, 0), level("/", {}, 0, 0)});
  levels.look({level("/", {}, 0, 0)});
  EXPECT_FALSE(levels.seen_once());
  EXPECT_FALSE(levels.limiting());
}

TEST(QuotaLevels, ACgroupThatTheTargetIsMovedToCountsFromThere) {
  QuotaLevels levels;
  levels.look({level("/", {}, 0, 0)});
  levels.look({level("/unit", 0.5, 100, 7), level("/", {}, 0, 0)});
  levels.look({level("/unit", 0.5, 120, 8), level("/", {}, 0, 0)});
  ASSERT_TRUE(levels.limiting());
  EXPECT_DOUBLE_EQ(levels.limiting()->stopped_seconds, 1);
}

}  // namespace
}  // namespace faultline
