// SPDX-License-Identifier: Apache-2.0
// Every verb of the registry explains itself, an example first, the moment its file exists.
#include <CLI/CLI.hpp>
#include <gmock/gmock.h>

#include "advisor/cli/support/verb.h"
#include "tests/contract/support/run.h"

namespace faultline::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::vector<std::string> names_of_verbs() {
  std::vector<std::string> names;
  CLI::App app;
  const auto verbs = all_verbs();
  for (const auto& verb : verbs) names.push_back(verb->declare(app)->get_name());
  return names;
}

class VerbHelp : public testing::TestWithParam<std::string> {};

TEST_P(VerbHelp, BeginsWithAnExampleOfTheVerb) {
  const Outcome outcome = run_faultline({GetParam(), "--help"});
  EXPECT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.out, StartsWith("Example: faultline " + GetParam()));
  EXPECT_THAT(outcome.out, HasSubstr("Usage: faultline " + GetParam()));
  EXPECT_EQ(outcome.err, "");
}

INSTANTIATE_TEST_SUITE_P(All, VerbHelp, testing::ValuesIn(names_of_verbs()),
                         [](const auto& info) { return info.param; });

TEST(Help, NamesEveryVerb) {
  const Outcome outcome = run_faultline({"--help"});
  EXPECT_EQ(outcome.exit_code, 0);
  for (const auto& name : names_of_verbs()) EXPECT_THAT(outcome.out, HasSubstr("  " + name));
}

}  // namespace
}  // namespace faultline::test
