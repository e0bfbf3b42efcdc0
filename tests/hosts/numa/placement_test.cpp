// SPDX-License-Identifier: Apache-2.0
// Services whose threads and memory are placed with numactl on a machine with two nodes, and what faultline says.
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "advisor/documents/snapshot_json.h"
#include "tests/hosts/numa/support/two_nodes.h"

namespace faultline::hosts {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class OnTwoNodes : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string why_not;
    machine_ = TwoNodes::booted(why_not);
    if (machine_ == nullptr) GTEST_SKIP() << why_not;
    ASSERT_EQ(why_not, "");
  }

  /// The facts of a service by the name of its placement.
  [[nodiscard]] FactSet facts_of(const std::string& placement) const {
    const auto snapshot = documents::read_snapshot(machine_->read(placement + "/snapshot.json"), placement);
    if (snapshot) return snapshot->facts;
    ADD_FAILURE() << snapshot.error().why << machine_->read(placement + "/measure")
                  << machine_->read(placement + "/service");
    return {};
  }

  /// The rules that fired; a rule that could not be decided is a failure.
  [[nodiscard]] std::set<std::string> rules_of(const std::string& placement) const {
    std::set<std::string> rules;
    const auto audit = nlohmann::json::parse(machine_->read(placement + "/audit.json"), nullptr, false);
    if (audit.is_discarded()) {
      ADD_FAILURE() << machine_->read(placement + "/diagnose");
      return rules;
    }
    for (const auto& finding : audit["targets"][0]["findings"]) rules.insert(finding["rule"]);
    for (const auto& rule : audit["targets"][0]["undecided"]) {
      EXPECT_NE(rule["rule"], "numa-remote") << rule.dump();
    }
    return rules;
  }

  const TwoNodes* machine_ = nullptr;
};

/// "node 0 1.9 MiB, node 1 193 MiB", in MiB.
std::map<unsigned, double> mebibytes_in(const std::string& words) {
  std::map<unsigned, double> by_node;
  const std::regex part("node ([0-9]+) ([0-9.]+) ([KMG])iB");
  for (std::sregex_iterator it(words.begin(), words.end(), part), end; it != end; ++it) {
    const double scale = (*it)[3] == "K" ? 1.0 / 1024 : (*it)[3] == "G" ? 1024 : 1;
    by_node[static_cast<unsigned>(std::stoul((*it)[1]))] = std::stod((*it)[2]) * scale;
  }
  return by_node;
}

TEST_F(OnTwoNodes, MemoryOnTheOtherNodeIsRemoteAndFound) {
  const FactSet facts = facts_of("remote");
  EXPECT_EQ(facts.number("host.numa_nodes"), 2.0);
  EXPECT_GE(facts.number("numa.remote.share").value_or(0), 0.9);
  EXPECT_GE(facts.number("numa.misplaced.share").value_or(0), 0.9);
  EXPECT_EQ(facts.text("numa.policy"), "bind:1");
  EXPECT_EQ(facts.text("numa.home.node"), "0");
  EXPECT_EQ(facts.text("numa.home.cpus"), "0-1");
  EXPECT_EQ(facts.number("numa.cross_node_moves.per_second"), 0.0);
  EXPECT_NEAR(facts.number("numa.distance.local_share").value_or(0), 10.0 / 21, 1e-6);
  EXPECT_THAT(rules_of("remote"), UnorderedElementsAre("numa-remote"));
  EXPECT_THAT(machine_->read("remote/audit.txt"), HasSubstr("NUMAPolicy=preferred, NUMAMask=0 and CPUAffinity=0-1"));
}

TEST_F(OnTwoNodes, MemoryOnTheSameNodeIsHealthy) {
  const FactSet facts = facts_of("local");
  EXPECT_LT(facts.number("numa.remote.share").value_or(1), 0.02);
  EXPECT_EQ(facts.text("numa.policy"), "bind:0");
  EXPECT_THAT(rules_of("local"), IsEmpty());
}

TEST_F(OnTwoNodes, MemoryThatAPolicySpreadsIsRemoteAndNoFinding) {
  const FactSet facts = facts_of("interleaved");
  EXPECT_NEAR(facts.number("numa.remote.share").value_or(0), 0.5, 0.05);
  EXPECT_EQ(facts.flag("numa.interleaved"), true);
  EXPECT_THAT(rules_of("interleaved"), IsEmpty());
}

TEST_F(OnTwoNodes, WhatAnotherUserMayNotSeeIsUnknownAndUndecided) {
  const FactSet facts = facts_of("unseen");
  for (const auto* name : {"numa.remote.share", "numa.misplaced.share", "numa.memory_by_node", "numa.time_share"}) {
    const Fact* fact = facts.find(name);
    ASSERT_NE(fact, nullptr) << name;
    EXPECT_FALSE(fact->known()) << name;
    EXPECT_THAT(fact->unlock, HasSubstr("CAP_SYS_PTRACE")) << name;
  }
  EXPECT_TRUE(facts.text("numa.cpu_by_node"));
  const auto audit = nlohmann::json::parse(machine_->read("unseen/audit.json"), nullptr, false);
  ASSERT_FALSE(audit.is_discarded()) << machine_->read("unseen/diagnose");
  EXPECT_THAT(audit["targets"][0]["findings"], IsEmpty());
  EXPECT_THAT(audit["targets"][0]["undecided"].dump(), HasSubstr("numa-remote"));
}

TEST_F(OnTwoNodes, PagesThatTheKernelBringsAfterTheThreadsAreSeen) {
  const FactSet facts = facts_of("balanced");
  EXPECT_EQ(facts.flag("numa.balancing"), true);
  EXPECT_EQ(facts.text("numa.policy"), "default");
  EXPECT_GT(facts.number("numa.pages_migrated.per_second").value_or(0), 0) << machine_->read("balanced/moved");
  EXPECT_EQ(facts.text("numa.home.node"), "0");
}

TEST_F(OnTwoNodes, MemoryByNodeIsThatOfNumastat) {
  for (const auto* placement : {"remote", "local", "interleaved"}) {
    const auto by_numastat = total_of_numastat(machine_->read(std::string(placement) + "/numastat"));
    ASSERT_EQ(by_numastat.size(), 2U) << machine_->read(std::string(placement) + "/numastat");
    auto by_faultline = mebibytes_in(facts_of(placement).text("numa.memory_by_node").value_or(""));
    // Read one after the other, and said in three digits.
    for (const auto& [node, mebibytes] : by_numastat) EXPECT_NEAR(by_faultline[node], mebibytes, 1) << placement;
  }
}

TEST_F(OnTwoNodes, TheUnitTestsOfPlacementPassToo) {
  EXPECT_EQ(machine_->read("unit.status"), "0\n") << machine_->read("unit");
  EXPECT_THAT(machine_->read("unit"), HasSubstr("PlaceOfAChildsMemory.IsFoundBySamplingToo"));
}

}  // namespace
}  // namespace faultline::hosts
