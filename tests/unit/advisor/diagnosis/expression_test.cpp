// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "tests/unit/advisor/diagnosis/support.h"

namespace faultline::diagnosis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::optional<double> value(const std::string& text, const FactSet& facts = {}) {
  const auto expression = parse_expression(text);
  EXPECT_TRUE(expression) << text << ": " << expression.error().why;
  return expression ? evaluate(*expression, facts).value : std::nullopt;
}

TEST(Expression, FollowsTheRulesOfArithmetic) {
  EXPECT_EQ(value("1 + 2 * 3"), 7.0);
  EXPECT_EQ(value("(1 + 2) * 3"), 9.0);
  EXPECT_EQ(value("8 / 4 / 2"), 1.0);
  EXPECT_EQ(value("10 - 3 - 2"), 5.0);
  EXPECT_EQ(value("max(1, min(5, 3))"), 3.0);
  EXPECT_EQ(value("ceil(1.2 * 10) / 10"), 1.2);
  EXPECT_EQ(value("host.cpus * 1.5", measured({{"host.cpus", 4}})), 6.0);
}

TEST(Expression, IsUnknownWhenAFactIsAndNamesIt) {
  const auto expression = parse_expression("host.cpus * throttling.wanted.cores + host.cpus");
  ASSERT_TRUE(expression);
  const auto result = evaluate(*expression, measured({{"throttling.wanted.cores", 1}}));
  EXPECT_FALSE(result.value);
  EXPECT_THAT(result.missing, ElementsAre("host.cpus"));
}

TEST(Expression, ADivisionByZeroHasNoValue) {
  EXPECT_FALSE(value("1 / 0"));
  EXPECT_FALSE(value("0 / 0"));
  EXPECT_FALSE(value("of_time(profile.allocator.share)",
                     measured({{"profile.allocator.share", 0.5}, {"cpu.time.seconds", 0}, {"time.base.seconds", 0}})));
}

TEST(Expression, TurnsAShareOfSamplesIntoAShareOfTime) {
  const FactSet facts =
      measured({{"profile.give_back.share", 0.5}, {"cpu.time.seconds", 4}, {"time.base.seconds", 10}});
  EXPECT_EQ(value("of_time(profile.give_back.share)", facts), 0.2);
  EXPECT_EQ(time_share_of_samples(facts, "profile.give_back.share").value, 0.2);
}

TEST(Expression, RefusesUnitsThatDoNotAgree) {
  for (const auto* text :
       {"memory.rss_bytes + time.base.seconds", "max(memory.rss_bytes, window.seconds)",
        "memory.rss_bytes * memory.swap_bytes", "faults.refault.time_share + profile.give_back.share",
        "of_time(faults.time_share)", "of_time(1)"}) {
    EXPECT_FALSE(parse_expression(text)) << text;
  }
  EXPECT_THAT(parse_expression("faults.time_share + profile.exit.share").error().hint, HasSubstr("of_time"));
  EXPECT_EQ(unit_of(*parse_expression("faults.time_share + of_time(profile.exit.share)")), "share");
  EXPECT_EQ(unit_of(*parse_expression("memory.rss_bytes * 2")), "bytes");
  EXPECT_EQ(unit_of(*parse_expression("memory.rss_bytes / memory.swap_bytes")), "");
}

TEST(Expression, SaysWhereItCannotBeReadAndWhatWasMeant) {
  EXPECT_THAT(parse_expression("host.cpu * 2").error().hint, HasSubstr("host.cpus"));
  EXPECT_THAT(parse_expression("mix(1, 2)").error().hint, HasSubstr("min"));
  EXPECT_THAT(parse_expression("runtime.kind").error().why, HasSubstr("not a number"));
  for (const auto* text : {"", " ", "1 +", "(1", "1)", "1 2", "min(1)", "min(1,2,3)", "1..2", "-1", "$(x)",
                           "host.cpus;", "1e5x", "ceil()", "min(1,", "*"}) {
    EXPECT_FALSE(parse_expression(text)) << text;
  }
}

TEST(Expression, DepthAndLengthAreLimited) {
  EXPECT_FALSE(parse_expression(std::string(500, '(') + "1" + std::string(500, ')')));
  std::string longest = "1";
  while (longest.size() < 3000) longest += "+1";
  EXPECT_FALSE(parse_expression(longest));
}

}  // namespace
}  // namespace faultline::diagnosis
