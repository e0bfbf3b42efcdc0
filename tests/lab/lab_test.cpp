// SPDX-License-Identifier: Apache-2.0
// faultline's word against the label of each lab service: the cause as first and only finding, or none for the healthy.
#include <filesystem>
#include <gtest/gtest.h>
#include <iostream>

#include "tests/lab/harness/case_run.h"
#include "tests/lab/harness/other_load.h"

namespace faultline::lab {
namespace {

constexpr const char* window = "5s";

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

/// Where the snapshot of the last run of a case is, for whoever asks why it went wrong: `faultline diagnose` reads it.
std::string evidence_path(const Case& labelled) {
  const std::string folder = FAULTLINE_BINARY_DIR "/tests/lab/evidence";
  std::filesystem::create_directories(folder);
  return folder + "/" + labelled.name + ".json";
}

class Lab : public testing::TestWithParam<Case> {};

/// A service that others leave little of the CPUs does less of what its label says: it gets another window then.
CaseResult run_undisturbed(const Case& labelled, const std::string& snapshot) {
  constexpr int most_runs = 3;
  CaseResult result = run_case(labelled, window, snapshot);
  for (int run = 1; run < most_runs && !result.wrong.empty() && OtherLoad::disturbs(result.others_cores); ++run) {
    std::cout << "again, as others used " << result.others_cores << " cores: " << joined(result.wrong);
    result = run_case(labelled, window, snapshot);
  }
  return result;
}

TEST_P(Lab, gets_what_its_label_says) {
  const std::string snapshot = evidence_path(GetParam());
  const CaseResult result = run_undisturbed(GetParam(), snapshot);
  if (!result.cannot_run.empty()) GTEST_SKIP() << result.cannot_run;
  for (const std::string& line : result.set_aside) std::cout << line << "\n";
  EXPECT_TRUE(result.wrong.empty()) << joined(result.wrong) << "findings:\n"
                                    << joined(result.findings) << "others used " << result.others_cores
                                    << " cores; snapshot: " << snapshot;
}

std::vector<Case> cases() { return {all_cases().begin(), all_cases().end()}; }

INSTANTIATE_TEST_SUITE_P(Services, Lab, testing::ValuesIn(cases()), [](const auto& info) { return info.param.name; });

}  // namespace

void PrintTo(const Case& labelled, std::ostream* out) { *out << labelled.command.service; }

}  // namespace faultline::lab
