// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/rule_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include "tests/unit/advisor/diagnosis/support.h"

namespace faultline::diagnosis {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

const std::string good = rule_text("r", "refault", "faults.refault.time_share");

std::string words_of(const std::string& text, const std::string& file = "policies/r.yaml") {
  std::string words;
  for (const auto& error : read_rule(text, file, test_fixes).errors) {
    EXPECT_EQ(error.kind, ErrorKind::input);
    EXPECT_THAT(error.where, HasSubstr(file + ":")) << error.why;
    words += error.where + ": " + error.why + " " + error.hint + "\n";
  }
  return words;
}

/// A good rule with further lines, and what is wrong with it.
std::string with_lines(const std::string& lines) { return words_of(good + lines); }

std::string without(const std::string& key) {
  std::string text = good;
  const std::size_t at = text.find(key + ":");
  return text.erase(at, text.find('\n', at) - at + 1);
}

TEST(RuleReader, ReadsAGoodRule) {
  EXPECT_EQ(words_of(good), "");
  EXPECT_EQ(rule(good).cause, "refault");
}

TEST(RuleReader, EveryKeyThatIsNeededIsNamedWhenItIsMissing) {
  for (const auto* key : {"id", "cause", "title", "cost", "moves", "when"}) {
    EXPECT_THAT(words_of(without(key)), HasSubstr(std::string("the key '") + key + "' is missing")) << key;
  }
  EXPECT_THAT(words_of(without("sources")), HasSubstr("source"));
}

TEST(RuleReader, AFactThatDoesNotExistIsAnErrorWithTheNearMiss) {
  EXPECT_THAT(with_lines("unless: {fact: host.cpu, is: 1}"),
              AllOf(HasSubstr("r.yaml:8:16"), HasSubstr("no fact 'host.cpu'"), HasSubstr("did you mean 'host.cpus'?")));
  EXPECT_THAT(with_lines("evidence: [fault.time_share]"), HasSubstr("did you mean 'faults.time_share'?"));
  EXPECT_THAT(with_lines("cases: [{name: a, facts: {host.cpu: 1}, expect: holds}]"), HasSubstr("host.cpus"));
}

TEST(RuleReader, FixesCausesKeysAndExpectationsAreSuggestedToo) {
  EXPECT_THAT(with_lines("fixes: [{fix: keep-heaps}]"), HasSubstr("did you mean 'keep-heap'?"));
  EXPECT_THAT(with_lines("after: [cpu-throtling]"), HasSubstr("did you mean 'cpu-throttling'?"));
  EXPECT_THAT(with_lines("evidnce: []"), HasSubstr("did you mean 'evidence'?"));
  EXPECT_THAT(with_lines("cases: [{name: a, expect: fire}]"), HasSubstr("did you mean 'fires'?"));
  EXPECT_THAT(with_lines("unless: {fact: host.cpus, at_leest: 1}"), HasSubstr("did you mean 'at_least'?"));
}

TEST(RuleReader, AComparisonOfTheWrongTypeIsAnError) {
  EXPECT_THAT(with_lines("unless: {fact: process.secure, at_least: 1}"), HasSubstr("only 'is' compares it"));
  EXPECT_THAT(with_lines("unless: {fact: process.secure, is: maybe}"), HasSubstr("true or false"));
  EXPECT_THAT(with_lines("unless: {fact: host.cpus, is: many}"), HasSubstr("a number is expected"));
  EXPECT_THAT(with_lines("unless: {fact: host.cpus, is: \"4\"}"), HasSubstr("a number is expected"));
  EXPECT_THAT(with_lines("unless: {fact: host.cpus, is: nan}"), HasSubstr("a number is expected"));
  EXPECT_THAT(with_lines("unless: {fact: host.cpus, is: 1e999}"), HasSubstr("a number is expected"));
  EXPECT_THAT(with_lines("unless: {fact: host.cpus}"), HasSubstr("one of at_least"));
  EXPECT_THAT(with_lines("unless: {fact: host.cpus, above: 1, below: 2}"), HasSubstr("one of at_least"));
  EXPECT_EQ(with_lines("unless: {fact: runtime.kind, is: go}"), "");
  EXPECT_EQ(with_lines("unless: {fact: process.secure, is: true}"), "");
}

TEST(RuleReader, ConditionsOfTheWrongShapeAreErrors) {
  for (const auto* condition :
       {"unless: []", "unless: 1", "unless: {}", "unless: {all: []}", "unless: {all: {}}", "unless: {any: 3}",
        "unless: {not: 3}", "unless: {all: [{any: []}]}", "unless: {all: [], fact: host.cpus}", "unless: ~"}) {
    EXPECT_NE(with_lines(condition), "") << condition;
  }
}

TEST(RuleReader, TheCostMustBeAShareOfTime) {
  EXPECT_THAT(words_of(rule_text("r", "refault", "faults.minor.count")), HasSubstr("share of time"));
  EXPECT_THAT(words_of(rule_text("r", "refault", "profile.exit.share")), HasSubstr("of_time(FACT)"));
}

TEST(RuleReader, ARuleWaitsOnlyForCausesThatAreJudgedBefore) {
  EXPECT_EQ(with_lines("after: [cpu-throttling]"), "");
  EXPECT_THAT(with_lines("after: [allocation-rate]"), HasSubstr("not judged before"));
  EXPECT_THAT(with_lines("after: [refault]"), HasSubstr("not judged before"));
}

TEST(RuleReader, TheFileIsNamedAsTheRule) {
  EXPECT_THAT(words_of(good, "policies/other.yaml"), HasSubstr("named 'other'"));
}

TEST(RuleReader, TextsMayShowOnlyFactsThatExist) {
  EXPECT_THAT(with_lines("confidence: [{when: {fact: host.cpus, is: 1}, text: '{host.cpu}'}]"), HasSubstr("host.cpus"));
  EXPECT_THAT(with_lines("confidence: [{when: {fact: host.cpus, is: 1}, text: 'a { b'}]"), HasSubstr("'{' without"));
}

TEST(RuleReader, EveryErrorOfAFileIsReportedAtOnce) {
  const std::string words = with_lines("fixes: [{fix: x}]\nafter: [y]\nevidence: [z]\n");
  EXPECT_THAT(words, AllOf(HasSubstr("no fix 'x'"), HasSubstr("no cause 'y'"), HasSubstr("no fact 'z'")));
}

TEST(RuleReader, RootsThatAreNoMappingAreErrors) {
  for (const auto* text : {"[]", "1", "~", "- id: r"}) EXPECT_NE(words_of(text), "") << text;
}

TEST(RuleReader, ACaseMayBeLikeAnEarlierOneAndMakeFactsUnknown) {
  const Rule read = rule(good +
                         "cases:\n- {name: a, facts: {host.cpus: 4, faults.refault.time_share: 0.5}, expect: fires}\n"
                         "- {name: b, like: a, facts: {faults.refault.time_share: ~}, expect: undecided}\n");
  ASSERT_EQ(read.cases.size(), 2U);
  EXPECT_EQ(read.cases[1].facts.at("host.cpus"), FactValue(4.0));
  EXPECT_EQ(read.cases[1].facts.at("faults.refault.time_share"), std::nullopt);
  EXPECT_THAT(with_lines("cases: [{name: a, like: b, expect: fires}]"), HasSubstr("no earlier case 'b'"));
  EXPECT_THAT(with_lines("cases: [{name: a, expect: fires}, {name: a, expect: fires}]"), HasSubstr("two cases"));
}

}  // namespace
}  // namespace faultline::diagnosis
