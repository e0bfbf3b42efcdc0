// SPDX-License-Identifier: Apache-2.0
#include "advisor/cli/support/duration.h"

#include <gtest/gtest.h>

namespace faultline::cli {
namespace {

Result<double> parse(const char* text) { return parse_duration("--window", text, 0.1, 86400); }

TEST(Duration, ReadsTheUsualForms) {
  EXPECT_DOUBLE_EQ(*parse("10s"), 10);
  EXPECT_DOUBLE_EQ(*parse("10"), 10);
  EXPECT_DOUBLE_EQ(*parse("500ms"), 0.5);
  EXPECT_DOUBLE_EQ(*parse("1.5m"), 90);
  EXPECT_DOUBLE_EQ(*parse("2h"), 7200);
}

class BadDuration : public testing::TestWithParam<const char*> {};

TEST_P(BadDuration, IsAUsageErrorThatNamesTheOptionAndTheWayOut) {
  const auto parsed = parse(GetParam());
  ASSERT_FALSE(parsed) << GetParam();
  EXPECT_EQ(parsed.error().kind, ErrorKind::usage);
  EXPECT_NE(parsed.error().what.find("--window"), std::string::npos);
  EXPECT_NE(parsed.error().hint.find("10s"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Values, BadDuration,
                         testing::Values("0", "0s", "-1s", "-10", "", "s", "10x", "1e9s", "87600h", "nan", "inf",
                                         "10 s", "5256000m", "99999999999999999999999999h", "10s\n"));

}  // namespace
}  // namespace faultline::cli
