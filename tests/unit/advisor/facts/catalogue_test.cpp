// SPDX-License-Identifier: Apache-2.0
#include "advisor/facts/catalogue.h"

#include <gtest/gtest.h>
#include <set>
#include <string>

namespace faultline::facts {
namespace {

TEST(Catalogue, HasEachNameOnce) {
  std::set<std::string_view> names;
  for (const Spec& spec : catalogue()) EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
}

TEST(Catalogue, SaysOfEveryFactWhatItMeansAndWhereItComesFrom) {
  for (const Spec& spec : catalogue()) {
    EXPECT_FALSE(spec.meaning.empty()) << spec.name;
    EXPECT_FALSE(spec.source.empty()) << spec.name;
    EXPECT_FALSE(spec.rung.empty()) << spec.name;
  }
}

TEST(Catalogue, GivesNumbersAUnitFromAClosedSet) {
  const std::set<std::string_view> units{"1/s", "count", "share", "s", "bytes", "pages", "cores", "ns"};
  for (const Spec& spec : catalogue()) {
    if (spec.kind == Kind::number) {
      EXPECT_TRUE(units.contains(spec.unit)) << spec.name << " in " << spec.unit;
    } else {
      EXPECT_EQ(spec.unit, "") << spec.name;
    }
  }
}

TEST(Catalogue, UnitsAgreeWithTheNames) {
  for (const Spec& spec : catalogue()) {
    if (spec.name.ends_with("_bytes")) {
      EXPECT_EQ(spec.unit, "bytes") << spec.name;
    }
    if (spec.name.ends_with(".per_second")) {
      EXPECT_EQ(spec.unit, "1/s") << spec.name;
    }
    if (spec.name.ends_with("share")) {
      EXPECT_EQ(spec.unit, "share") << spec.name;
    }
    if (spec.name.ends_with(".count")) {
      EXPECT_EQ(spec.unit, "count") << spec.name;
    }
  }
}

TEST(Catalogue, FindsEveryNameAndNoOther) {
  for (const Spec& spec : catalogue()) EXPECT_EQ(find(spec.name), &spec);
  EXPECT_EQ(find("faults"), nullptr);
  EXPECT_EQ(find(""), nullptr);
  EXPECT_EQ(find("zzz"), nullptr);
}

}  // namespace
}  // namespace faultline::facts
