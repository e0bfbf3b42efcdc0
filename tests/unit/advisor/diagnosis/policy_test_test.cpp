// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/policy_test.h"

#include <gtest/gtest.h>
#include <string>

#include "tests/unit/advisor/diagnosis/support.h"

namespace faultline::diagnosis {
namespace {

const std::string cases =
    "fixes: [{fix: keep-heap, with: {n: host.cpus}}]\ncases:\n"
    "- {name: f, facts: {faults.refault.time_share: 0.5, host.cpus: 3}, expect: fires, severity: high,"
    " fixes: {keep-heap: {n: 3}}}\n"
    "- {name: h, facts: {faults.refault.time_share: 0}, expect: holds}\n"
    "- {name: u, expect: undecided}\n";

Rule rule_with_cases() { return rule(rule_text("r", "refault", "faults.refault.time_share", cases)); }

TEST(PolicyTest, PassesARuleWhoseCasesComeOut) { EXPECT_TRUE(test_policies({rule_with_cases()}).empty()); }

TEST(PolicyTest, FailsOnAWrongVerdictSeverityOrParameter) {
  Rule wrong = rule_with_cases();
  wrong.cases[0].facts["faults.refault.time_share"] = 0.05;
  ASSERT_EQ(test_policies({wrong}).size(), 1U);
  EXPECT_EQ(test_policies({wrong})[0].expected, "high");
  wrong.cases[0].facts["faults.refault.time_share"] = 0.001;
  EXPECT_EQ(test_policies({wrong}).at(0).expected, "fires");
  wrong = rule_with_cases();
  wrong.cases[0].facts["host.cpus"] = 4.0;
  EXPECT_EQ(test_policies({wrong}).at(0).expected, "keep-heap n = 3");
  wrong.cases[0].facts["host.cpus"] = std::nullopt;
  EXPECT_EQ(test_policies({wrong}).at(0).got, "unknown");
}

TEST(PolicyTest, FailsOnARuleThatLacksAKindOfCase) {
  for (std::size_t i = 0; i < 3; ++i) {
    Rule rule = rule_with_cases();
    rule.cases.erase(rule.cases.begin() + static_cast<std::ptrdiff_t>(i));
    ASSERT_EQ(test_policies({rule}).size(), 1U) << i;
    EXPECT_TRUE(test_policies({rule})[0].case_name.empty());
  }
}

}  // namespace
}  // namespace faultline::diagnosis
