// SPDX-License-Identifier: Apache-2.0
// Snapshots that were recorded on other machines, diagnosed here by the rules that ship.
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <iterator>

#include "advisor/diagnosis/diagnose.h"
#include "advisor/diagnosis/rule_loader.h"
#include "advisor/documents/snapshot_json.h"

namespace faultline {
namespace {

namespace fs = std::filesystem;

const fs::path machines_folder = fs::path(FAULTLINE_SOURCE_DIR) / "tests" / "machines";

Snapshot recorded(const fs::path& machine) {
  std::ifstream stream(machine / "snapshot.json", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  auto snapshot = documents::read_snapshot(text, machine.string());
  if (snapshot) return std::move(*snapshot);
  ADD_FAILURE() << snapshot.error().where << ": " << snapshot.error().why;
  return {};
}

Diagnosis diagnosed(const Snapshot& snapshot) {
  const auto rules = diagnosis::load_policies({fs::path(FAULTLINE_SOURCE_DIR) / "policies"});
  if (rules) return diagnosis::diagnose(snapshot, *rules);
  ADD_FAILURE() << rules.error().why;
  return {};
}

TEST(RecordedMachines, SayWhereTheyCameFromAndCanBeRead) {
  std::size_t machines = 0;
  for (const auto& machine : fs::directory_iterator(machines_folder)) {
    EXPECT_TRUE(fs::exists(machine.path() / "ORIGIN.md")) << machine.path();
    EXPECT_FALSE(recorded(machine.path()).facts.all().empty()) << machine.path();
    ++machines;
  }
  EXPECT_GE(machines, 1U);
}

TEST(RecordedMachines, MemoryOnTheOtherOfTwoNodesIsFoundFirst) {
  const Diagnosis diagnosis = diagnosed(recorded(machines_folder / "two-nodes-emulated"));
  ASSERT_EQ(diagnosis.findings.size(), 1U);
  const Finding& finding = diagnosis.findings.front();
  EXPECT_EQ(finding.rule, "numa-remote");
  EXPECT_EQ(finding.severity, Severity::high);
  ASSERT_EQ(finding.fixes.size(), 1U);
  EXPECT_EQ(finding.fixes.front().fix, "bind-numa");
  EXPECT_THAT(finding.fixes.front().advice.value_or(""), testing::HasSubstr("NUMAMask=0"));
}

}  // namespace
}  // namespace faultline
