// SPDX-License-Identifier: Apache-2.0
// Every policy that ships: a new file is tested the moment it exists.
#include <filesystem>
#include <gtest/gtest.h>
#include <set>
#include <string>

#include "advisor/diagnosis/causes.h"
#include "advisor/diagnosis/policy_test.h"
#include "advisor/diagnosis/rule_loader.h"

namespace faultline::diagnosis {
namespace {

namespace fs = std::filesystem;

const fs::path policies_folder = fs::path(FAULTLINE_SOURCE_DIR) / "policies";

Policies shipped() { return read_policies({policies_folder}, known_fix_ids()); }

std::string words(const Error& error) { return error.where + ": " + error.why + " " + error.hint; }

TEST(ShippedPolicies, EveryFileIsARuleWithoutAnError) {
  const Policies policies = shipped();
  for (const auto& error : policies.errors) ADD_FAILURE() << words(error);
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(policies_folder))
    files += entry.path().extension() == ".yaml" ? 1 : 0;
  EXPECT_EQ(policies.rules.size(), files);
  EXPECT_GE(files, 3U);
}

TEST(ShippedPolicies, EveryCaseComesOutAsWrittenAndEveryKindOfCaseIsThere) {
  for (const auto& failure : test_policies(shipped().rules)) {
    ADD_FAILURE() << failure.where << ": " << failure.rule << " / " << failure.case_name << ": expected "
                  << failure.expected << ", got " << failure.got;
  }
}

TEST(ShippedPolicies, StateWhatMovesAndWhereThatIsKnownFrom) {
  for (const auto& rule : shipped().rules) {
    EXPECT_FALSE(rule.moves.from.empty()) << rule.id;
    EXPECT_FALSE(rule.moves.to.empty()) << rule.id;
    EXPECT_FALSE(rule.moves.price.empty()) << rule.id;
    EXPECT_FALSE(rule.sources.empty()) << rule.id;
    EXPECT_FALSE(rule.enough.empty()) << rule.id << " does not say how much evidence is enough";
    EXPECT_TRUE(order_of(rule.cause)) << rule.id;
  }
}

TEST(ShippedPolicies, AreUndecidedWhenNothingIsKnown) {
  for (auto rule : shipped().rules) {
    Case nothing;
    nothing.name = "nothing is known";
    nothing.expect = Expectation::undecided;
    rule.cases.push_back(nothing);
    for (const auto& failure : test_policies({rule})) ADD_FAILURE() << rule.id << " got " << failure.got;
  }
}

TEST(ShippedPolicies, CoverTheCausesOfThisVersion) {
  std::set<std::string> causes;
  for (const auto& rule : shipped().rules) causes.insert(rule.cause);
  for (const auto* cause : {"refault", "first-touch", "cpu-throttling", "numa-remote"})
    EXPECT_TRUE(causes.contains(cause)) << cause;
  for (const auto* cause : {"refault", "first-touch", "cpu-throttling", "run-queue-wait"})
    EXPECT_TRUE(causes.contains(cause)) << cause;
  for (const auto* cause : {"refault", "first-touch", "cpu-throttling", "run-queue-wait"})
    EXPECT_TRUE(causes.contains(cause)) << cause;
}

}  // namespace
}  // namespace faultline::diagnosis
