// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/diagnose.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "advisor/diagnosis/engine.h"
#include "advisor/diagnosis/judge.h"
#include "tests/unit/advisor/diagnosis/support.h"

namespace faultline::diagnosis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::string after_throttling = "after: [cpu-throttling]\n";
const std::string enough_samples =
    "enough: [{fact: profile.samples.count, at_least: 100, of: samples, unlock: '--window 60s'}]\n";

std::vector<Rule> two_rules() {
  return {rule(rule_text("stop", "cpu-throttling", "throttling.time_share")),
          rule(rule_text("again", "refault", "faults.refault.time_share", after_throttling))};
}

Snapshot snapshot_of(FactSet facts, std::string target = "a.service") {
  Snapshot snapshot;
  snapshot.target = std::move(target);
  snapshot.facts = std::move(facts);
  return snapshot;
}

Diagnosis diagnosis_of(const FactSet& facts, const std::vector<Rule>& rules) {
  return diagnose_with(snapshot_of(facts), rules, fake_fixes());
}

TEST(Diagnose, PutsTheDearestFindingFirst) {
  const auto d =
      diagnosis_of(measured({{"throttling.time_share", 0.06}, {"faults.refault.time_share", 0.3}}), two_rules());
  ASSERT_EQ(d.findings.size(), 2U);
  EXPECT_EQ(d.findings[0].rule, "again");
  EXPECT_EQ(d.findings[0].severity, Severity::high);
  EXPECT_EQ(d.findings[1].severity, Severity::medium);
  EXPECT_THAT(d.deferred, IsEmpty());
}

TEST(Diagnose, DefersACauseBehindAnEarlierAndDearerOne) {
  const auto d =
      diagnosis_of(measured({{"throttling.time_share", 0.4}, {"faults.refault.time_share", 0.3}}), two_rules());
  ASSERT_EQ(d.findings.size(), 1U);
  EXPECT_EQ(d.findings[0].rule, "stop");
  ASSERT_EQ(d.deferred.size(), 1U);
  EXPECT_EQ(d.deferred[0].rule, "again");
  EXPECT_EQ(d.deferred[0].behind, "cpu-throttling");
}

TEST(Diagnose, NamesAFindingWithLessConfidenceWhileAnEarlierCauseIsUndecided) {
  FactSet facts = measured({{"faults.refault.time_share", 0.3}});
  facts.put(Fact::unknown("throttling.time_share", "cpu.stat cannot be read", "run as root"));
  const auto d = diagnosis_of(facts, two_rules());
  ASSERT_EQ(d.findings.size(), 1U);
  EXPECT_THAT(d.findings[0].confidence, StartsWith("medium: "));
  EXPECT_THAT(d.findings[0].confidence, HasSubstr("cpu-throttling could not be ruled out first"));
  ASSERT_EQ(d.undecided.size(), 1U);
  EXPECT_EQ(d.undecided[0].rule, "stop");
  EXPECT_THAT(d.undecided[0].missing, ElementsAre("throttling.time_share"));
  EXPECT_EQ(d.undecided[0].why, "cpu.stat cannot be read");
  EXPECT_EQ(d.undecided[0].unlock, "run as root");
}

TEST(Diagnose, ACostBelowOnePercentIsNoFinding) {
  EXPECT_THAT(diagnosis_of(measured({{"throttling.time_share", 0.0099}, {"faults.refault.time_share", 0}}), two_rules())
                  .findings,
              IsEmpty());
  EXPECT_EQ(severity_of(least_cost_share), Severity::low);
  EXPECT_EQ(severity_of(std::nextafter(least_cost_share, 0.0)), Severity::info);
}

TEST(Diagnose, TooLittleEvidenceSaysHowMuchThereIsAndHowToGetMore) {
  const std::vector<Rule> rules = {rule(rule_text("r", "refault", "faults.refault.time_share", enough_samples))};
  const auto d = diagnosis_of(measured({{"faults.refault.time_share", 0.5}, {"profile.samples.count", 34}}), rules);
  EXPECT_THAT(d.findings, IsEmpty());
  ASSERT_EQ(d.undecided.size(), 1U);
  EXPECT_EQ(d.undecided[0].why, "too little evidence: 34 of 100 samples");
  EXPECT_EQ(d.undecided[0].unlock, "--window 60s");
  EXPECT_THAT(d.undecided[0].missing, IsEmpty());
}

TEST(Diagnose, WhenEvidenceIsUnknownButTheCostIsKnownToBeSmallTheRuleHolds) {
  const std::vector<Rule> rules = {rule(rule_text("r", "refault", "faults.refault.time_share", enough_samples))};
  EXPECT_THAT(diagnosis_of(measured({{"faults.refault.time_share", 0.001}}), rules).undecided, IsEmpty());
  EXPECT_EQ(diagnosis_of(measured({{"faults.refault.time_share", 0.5}}), rules).undecided.size(), 1U);
}

TEST(Diagnose, UnlessHoldsHoweverLittleElseIsKnown) {
  const std::vector<Rule> rules = {rule(
      rule_text("r", "refault", "faults.refault.time_share", enough_samples + "unless: {fact: host.cpus, is: 1}\n"))};
  EXPECT_THAT(diagnosis_of(measured({{"host.cpus", 1}}), rules).undecided, IsEmpty());
  EXPECT_EQ(diagnosis_of({}, rules).undecided.size(), 1U);
}

TEST(Diagnose, EstimatesAmongTheDecidingFactsLowerTheConfidence) {
  FactSet facts = measured({{"throttling.time_share", 0}});
  facts.put(Fact::estimated("faults.refault.time_share", 0.3, "model"));
  const auto estimated = diagnosis_of(facts, two_rules());
  EXPECT_THAT(estimated.findings.at(0).confidence, StartsWith("medium: faults.refault.time_share is estimated"));
  const auto counted = diagnosis_of(with(facts, {{"faults.refault.time_share", 0.3}}), two_rules());
  EXPECT_THAT(counted.findings.at(0).confidence, StartsWith("high: "));
}

TEST(Diagnose, TheIdentityOfAFindingIsItsRuleAndTarget) {
  const FactSet a = measured({{"throttling.time_share", 0.2}, {"faults.refault.time_share", 0}});
  const FactSet b = with(a, {{"throttling.time_share", 0.7}});
  const auto id = [](const FactSet& facts, const char* target) {
    return diagnose_with(snapshot_of(facts, target), two_rules(), {}).findings.at(0).id;
  };
  EXPECT_EQ(id(a, "a.service"), id(b, "a.service"));
  EXPECT_NE(id(a, "a.service"), id(a, "b.service"));
  // Accept files hold these ids: they must not change between versions.
  EXPECT_EQ(id(a, "a.service"), "937d69f51ff6a645");
}

TEST(Diagnose, EvidenceHoldsEveryDecidingFactWithItsLimit) {
  const std::vector<Rule> rules = {
      rule(rule_text("r", "refault", "faults.refault.time_share",
                     "when: {all: [{fact: faults.refault.share, at_least: 0.5}, {not: {fact: host.cpus, is: 1}}]}\n"
                     "evidence: [{fact: faults.minor.per_second, limit: 'often said: > 1'}, host.ns_per_fault]\n"))};
  const auto d = diagnosis_of(measured({{"faults.refault.time_share", 0.5},
                                        {"faults.refault.share", 0.9},
                                        {"host.cpus", 4},
                                        {"faults.minor.per_second", 1000}}),
                              rules);
  const auto& evidence = d.findings.at(0).evidence;
  ASSERT_EQ(evidence.size(), 4U) << "a fact that is unknown is no evidence";
  EXPECT_EQ(evidence[0].fact + evidence[0].limit, "faults.refault.share>= 0.5");
  EXPECT_EQ(evidence[0].unit, "share");
  EXPECT_EQ(evidence[1].fact + evidence[1].limit, "host.cpusis not 1");
  EXPECT_EQ(evidence[2].fact + evidence[2].limit, "faults.refault.time_share>= 0.01");
  EXPECT_EQ(evidence[3].limit, "often said: > 1");
}

TEST(Diagnose, FixesGetTheParametersThatTheRuleComputesAndNoneThatIsUnknown) {
  const std::vector<Rule> rules = {rule(
      rule_text("r", "cpu-throttling", "throttling.time_share",
                "fixes: [{fix: raise-cpu-quota, with: {cores: 'host.cpus * 2', other: throttling.quota.cores}}]\n"))};
  const auto d = diagnosis_of(measured({{"throttling.time_share", 0.5}, {"host.cpus", 2}}), rules);
  const auto& proposal = d.findings.at(0).fixes.at(0);
  EXPECT_EQ(proposal.fix, "raise-cpu-quota");
  EXPECT_THAT(proposal.notes, ElementsAre("cores=4.000000"));
}

TEST(Diagnose, ACostAboveAllTheTimeIsAllTheTime) {
  const auto d =
      diagnosis_of(measured({{"throttling.time_share", 1.7}, {"faults.refault.time_share", 0}}), two_rules());
  EXPECT_EQ(d.findings.at(0).cost_share, 1.0);
}

TEST(Diagnose, AnEmptySnapshotIsAllUndecidedAndNothingIsFound) {
  const auto d = diagnose_with({}, two_rules(), {});
  EXPECT_THAT(d.findings, IsEmpty());
  EXPECT_EQ(d.undecided.size(), 2U);
  for (const auto& open : d.undecided) EXPECT_THAT(open.why, HasSubstr("is not in the snapshot"));
  for (const auto& rung : d.ladder) EXPECT_EQ(rung.state, RungState::unknown) << rung.rung;
}

}  // namespace
}  // namespace faultline::diagnosis
