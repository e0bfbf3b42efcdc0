// SPDX-License-Identifier: Apache-2.0
// The change that faultline emits for a wall, given to the service by hand, takes the wall away.
#include <cstdio>
#include <gtest/gtest.h>

#include "tests/lab/harness/case_run.h"
#include "tests/lab/harness/drop_in_environment.h"

namespace faultline::lab {
namespace {

constexpr const char* fix_window = "5s";

std::map<std::string, std::string> environment_of_changes(const Audit& audit) {
  std::map<std::string, std::string> variables;
  for (const auto& change : audit.target["changes"]) {
    for (const auto& [name, value] : environment_of_drop_in(change["after"].get<std::string>()))
      variables[name] = value;
  }
  return variables;
}

/// How much of what could be won was won: 1 is as good as the same service with the cost removed by hand.
void print_gap_closed(const char* name, const ServiceReport& before, const ServiceReport& fixed,
                      const ServiceReport& ideal) {
  for (const char* figure : {"p50_us", "p99_us"}) {
    const double gap = before.at(figure) - ideal.at(figure);
    std::printf("%s %s: before %.0f, fixed %.0f, ideal %.0f, gap closed %.2f\n", name, figure, before.at(figure),
                fixed.at(figure), ideal.at(figure), gap > 0 ? (before.at(figure) - fixed.at(figure)) / gap : 0.0);
  }
}

class EmittedFix : public testing::TestWithParam<const char*> {};

TEST_P(EmittedFix, takes_the_finding_and_the_faults_away) {
  const Case* const labelled = find_case(GetParam());
  ASSERT_NE(labelled, nullptr);
  const CaseResult before = run_case(*labelled, fix_window, "");
  if (!before.cannot_run.empty()) GTEST_SKIP() << before.cannot_run;
  ASSERT_TRUE(before.wrong.empty()) << before.wrong.front();

  Case fixed{labelled->name + "_fixed", labelled->command, "", {}, {}};
  for (const auto& [name, value] : environment_of_changes(before.audit)) fixed.command.environment[name] = value;
  ASSERT_NE(fixed.command.environment, labelled->command.environment) << before.audit.target["changes"].dump(2);
  const CaseResult after = run_case(fixed, fix_window, "");
  EXPECT_TRUE(after.wrong.empty()) << after.wrong.front();
  const auto faults_before = fact(before.audit, "faults.minor.per_second");
  const auto faults_after = fact(after.audit, "faults.minor.per_second");
  ASSERT_TRUE(faults_before && faults_after);
  EXPECT_LT(*faults_after, *faults_before / 10);

  Case ideal{labelled->name + "_ideal", labelled->command, "", {}, {}};
  ideal.command.arguments.emplace_back("--ideal");
  const CaseResult best = run_case(ideal, fix_window, "");
  ASSERT_TRUE(best.wrong.empty()) << best.wrong.front();
  std::printf("%s minor faults/s: before %.0f, fixed %.0f\n", GetParam(), *faults_before, *faults_after);
  print_gap_closed(GetParam(), before.report, after.report, best.report);
}

INSTANTIATE_TEST_SUITE_P(Of, EmittedFix,
                         testing::Values("refault", "refault_in_the_main_arena", "refault_by_a_fixed_mmap_threshold",
                                         "refault_by_buffers_of_40_mib"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace faultline::lab
