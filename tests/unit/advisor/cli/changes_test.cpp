// SPDX-License-Identifier: Apache-2.0
#include "advisor/cli/support/changes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline::cli {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Snapshot of_unit() {
  Snapshot snapshot;
  snapshot.process.comm = "rewards";
  Unit unit;
  unit.id = "rewards.service";
  unit.load_state = "loaded";
  snapshot.unit = unit;
  return snapshot;
}

Proposal fix(const std::string& id, const std::string& variable) {
  Proposal proposal;
  proposal.fix = id;
  proposal.summary = "why";
  proposal.settings = {EnvironmentVariable{variable, "1"}};
  return proposal;
}

Proposal refused_fix(const std::string& id) {
  Proposal proposal;
  proposal.fix = id;
  proposal.refused = "no";
  return proposal;
}

Finding finding(std::vector<Proposal> fixes) {
  Finding finding;
  finding.fixes = std::move(fixes);
  return finding;
}

TEST(Changes, TakeTheFirstFixOfEachFindingThatApplies) {
  const Rendering rendering =
      changes_for(of_unit(), {finding({refused_fix("first"), fix("second", "B"), fix("third", "C")}),
                              finding({fix("fourth", "D")}), finding({fix("fourth", "D")})});
  EXPECT_THAT(rendering.refusals, IsEmpty());
  ASSERT_EQ(rendering.changes.size(), 1U);
  EXPECT_THAT(rendering.changes[0].fixes, ElementsAre("second", "fourth"));
  EXPECT_THAT(rendering.changes[0].after, Not(HasSubstr("\"C=")));
}

TEST(Changes, TakeTheNextFixWhereTheUnitDefeatsTheFirst) {
  Snapshot snapshot = of_unit();
  snapshot.unit->unset_environment = {"A"};
  const Rendering rendering = changes_for(snapshot, {finding({fix("first", "A"), fix("second", "B")})});
  ASSERT_EQ(rendering.refusals.size(), 1U);
  EXPECT_EQ(rendering.refusals[0].fix, "first");
  ASSERT_EQ(rendering.changes.size(), 1U);
  EXPECT_THAT(rendering.changes[0].fixes, ElementsAre("second"));
}

TEST(Changes, DoNotTakeTheNextFixWhereTheFirstIsInPlace) {
  Snapshot snapshot = of_unit();
  snapshot.unit->environment["A"] = "1";
  const Rendering rendering = changes_for(snapshot, {finding({fix("first", "A"), fix("second", "B")})});
  EXPECT_THAT(rendering.changes, IsEmpty());
  ASSERT_EQ(rendering.refusals.size(), 1U);
  EXPECT_TRUE(rendering.refusals[0].in_place);
}

TEST(Changes, SayEveryRefusalOnce) {
  Snapshot snapshot = of_unit();
  snapshot.unit->load_state = "masked";
  const Rendering rendering =
      changes_for(snapshot, {finding({fix("first", "A"), fix("second", "B")}), finding({fix("third", "C")})});
  EXPECT_THAT(rendering.changes, IsEmpty());
  EXPECT_EQ(rendering.refusals.size(), 3U);
}

TEST(Changes, WithoutAUnitOneIsPresumedAndNamedSo) {
  Snapshot snapshot = of_unit();
  snapshot.unit.reset();
  snapshot.process.comm = "../we\nird%h name";
  snapshot.process.environment["GLIBC_TUNABLES"] = "a.b=1";
  Proposal tunable = fix("first", "GLIBC_TUNABLES");
  std::get<EnvironmentVariable>(tunable.settings[0]).value = "c.d=2";
  const Rendering rendering = changes_for(snapshot, {finding({tunable})});
  ASSERT_EQ(rendering.changes.size(), 1U);
  EXPECT_EQ(rendering.changes[0].path, "/etc/systemd/system/weirdhname.service.d/zz-faultline.conf");
  EXPECT_THAT(rendering.changes[0].after, HasSubstr("GLIBC_TUNABLES=a.b=1:c.d=2"));
  EXPECT_THAT(rendering.changes[0].notes, Contains(HasSubstr("weirdhname.service stands for the unit")));
}

TEST(Changes, AreNoneWithoutAFix) {
  EXPECT_THAT(changes_for(of_unit(), {}).changes, IsEmpty());
  EXPECT_THAT(changes_for(of_unit(), {finding({refused_fix("first")})}).refusals, IsEmpty());
}

}  // namespace
}  // namespace faultline::cli
