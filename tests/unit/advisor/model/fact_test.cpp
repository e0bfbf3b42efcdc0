// SPDX-License-Identifier: Apache-2.0
#include "advisor/model/fact.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

std::vector<std::optional<double>> slices(std::initializer_list<double> values) {
  return {values.begin(), values.end()};
}

TEST(Fact, AnUnknownOneHasNoNumber) {
  FactSet facts;
  facts.put(Fact::unknown("faults.minor.count", "no permission", "CAP_PERFMON"));
  EXPECT_EQ(facts.number("faults.minor.count"), std::nullopt);
  EXPECT_EQ(facts.number("never put"), std::nullopt);
  EXPECT_EQ(facts.find("faults.minor.count")->unlock, "CAP_PERFMON");
}

TEST(Fact, AValueIsOnlyReadAsItsOwnKind) {
  FactSet facts;
  facts.put(Fact::measured("runtime.kind", "go", "test"));
  facts.put(Fact::measured("process.secure", true, "test"));
  EXPECT_EQ(facts.number("runtime.kind"), std::nullopt);
  EXPECT_EQ(facts.text("runtime.kind"), "go");
  EXPECT_EQ(facts.flag("process.secure"), true);
  EXPECT_EQ(facts.text("process.secure"), std::nullopt);
}

TEST(Trend, IsToldFromTheOuterThirds) {
  EXPECT_EQ(trend_of(slices({1, 1, 1, 1, 1, 1})), Trend::flat);
  EXPECT_EQ(trend_of(slices({1, 1, 5, 5, 9, 9})), Trend::rising);
  EXPECT_EQ(trend_of(slices({9, 9, 5, 5, 1, 1})), Trend::falling);
}

TEST(Trend, IsNotGuessedFromAFewSlices) {
  EXPECT_EQ(trend_of(slices({1, 2, 3, 4, 5})), Trend::none);
  EXPECT_EQ(trend_of({}), Trend::none);
}

TEST(Trend, LeavesUnknownSlicesOut) {
  std::vector<std::optional<double>> values = slices({1, 1, 1, 1, 1, 1});
  values.insert(values.begin() + 3, std::nullopt);
  EXPECT_EQ(trend_of(values), Trend::flat);
}

}  // namespace
}  // namespace faultline
