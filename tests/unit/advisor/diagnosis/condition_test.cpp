// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/condition.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/advisor/diagnosis/support.h"

namespace faultline::diagnosis {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

Condition leaf(const char* fact, Comparison comparison, FactValue value) {
  Condition condition;
  condition.kind = Condition::Kind::leaf;
  condition.leaf = {fact, comparison, std::move(value)};
  return condition;
}
Condition node(Condition::Kind kind, std::vector<Condition> parts) {
  Condition condition;
  condition.kind = kind;
  condition.parts = std::move(parts);
  return condition;
}
Condition negated(Condition part) { return node(Condition::Kind::negation, {std::move(part)}); }

/// "yes", "no" and "unknown" as leaves over the facts of `world`.
const FactSet& world() {
  static const FactSet facts = measured({{"host.cpus", 4}});
  return facts;
}
Condition of(Truth truth) {
  if (truth == Truth::unknown) return leaf("cpu.busy.cores", Comparison::above, 1.0);
  return leaf("host.cpus", truth == Truth::yes ? Comparison::above : Comparison::below, 1.0);
}
Truth truth(const Condition& condition) { return evaluate(condition, world()).truth; }

TEST(Condition, IsKleenesLogicForAllPairs) {
  for (const Truth a : {Truth::no, Truth::unknown, Truth::yes}) {
    EXPECT_EQ(truth(of(a)), a);
    EXPECT_EQ(truth(negated(negated(of(a)))), a);
    for (const Truth b : {Truth::no, Truth::unknown, Truth::yes}) {
      const Condition all = node(Condition::Kind::all, {of(a), of(b)});
      const Condition any = node(Condition::Kind::any, {of(a), of(b)});
      EXPECT_EQ(truth(all), std::min(a, b));
      EXPECT_EQ(truth(any), std::max(a, b));
      EXPECT_EQ(truth(negated(all)), truth(node(Condition::Kind::any, {negated(of(a)), negated(of(b))})));
      EXPECT_EQ(truth(negated(any)), truth(node(Condition::Kind::all, {negated(of(a)), negated(of(b))})));
    }
  }
}

TEST(Condition, ComparesAtTheLimitAsItsNameSays) {
  EXPECT_EQ(truth(leaf("host.cpus", Comparison::at_least, 4.0)), Truth::yes);
  EXPECT_EQ(truth(leaf("host.cpus", Comparison::above, 4.0)), Truth::no);
  EXPECT_EQ(truth(leaf("host.cpus", Comparison::at_most, 4.0)), Truth::yes);
  EXPECT_EQ(truth(leaf("host.cpus", Comparison::below, 4.0)), Truth::no);
  EXPECT_EQ(truth(leaf("host.cpus", Comparison::is, 4.0)), Truth::yes);
}

TEST(Condition, AValueOfAnotherKindOrNotANumberIsUnknownAndNotFalse) {
  FactSet facts;
  facts.put(Fact::measured("host.cpus", std::string("four"), "test"));
  facts.put(Fact::measured("cpu.busy.cores", std::nan(""), "test"));
  EXPECT_EQ(evaluate(leaf("host.cpus", Comparison::above, 1.0), facts).truth, Truth::unknown);
  EXPECT_EQ(evaluate(leaf("cpu.busy.cores", Comparison::below, 1.0), facts).truth, Truth::unknown);
  EXPECT_EQ(evaluate(negated(leaf("cpu.busy.cores", Comparison::below, 1.0)), facts).truth, Truth::unknown);
}

TEST(Condition, NamesOnlyTheFactsThatWouldDecide) {
  const Condition open = node(Condition::Kind::any, {of(Truth::no), of(Truth::unknown)});
  EXPECT_THAT(evaluate(open, world()).missing, ElementsAre("cpu.busy.cores"));
  const Condition closed = node(Condition::Kind::all, {of(Truth::no), of(Truth::unknown)});
  EXPECT_THAT(evaluate(closed, world()).missing, IsEmpty());
  const Condition won = node(Condition::Kind::any, {of(Truth::yes), of(Truth::unknown)});
  EXPECT_THAT(evaluate(won, world()).missing, IsEmpty());
  const Condition nested = node(Condition::Kind::all, {closed, leaf("faults.anon.count", Comparison::above, 1.0)});
  EXPECT_THAT(evaluate(nested, world()).missing, IsEmpty());
  const Condition two =
      node(Condition::Kind::all, {of(Truth::unknown), negated(leaf("faults.anon.count", Comparison::above, 1.0)),
                                  of(Truth::yes), of(Truth::unknown)});
  EXPECT_THAT(evaluate(two, world()).missing, UnorderedElementsAre("cpu.busy.cores", "faults.anon.count"));
}

TEST(Condition, KeepsTheLeavesThatDecidedWithValueSourceAndLimit) {
  const auto result = evaluate(node(Condition::Kind::any, {of(Truth::no), of(Truth::yes)}), world());
  ASSERT_EQ(result.deciding.size(), 1U);
  EXPECT_EQ(limit_text(result.deciding[0].leaf), "> 1");
  EXPECT_EQ(result.deciding[0].value, FactValue(4.0));
  EXPECT_EQ(result.deciding[0].source, "test");
  const auto turned = evaluate(negated(leaf("host.cpus", Comparison::at_least, 8.0)), world());
  ASSERT_EQ(turned.deciding.size(), 1U);
  EXPECT_EQ(limit_text(turned.deciding[0].leaf, turned.deciding[0].negated), "< 8");
  EXPECT_EQ(turned.deciding[0].truth, Truth::yes);
}

}  // namespace
}  // namespace faultline::diagnosis
