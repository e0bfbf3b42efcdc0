// SPDX-License-Identifier: Apache-2.0
// How the text report shows fixes, refusals and changes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "advisor/report/text.h"

namespace faultline::report {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Case {
  Snapshot snapshot;
  Diagnosis diagnosis;
  Rendering rendering;

  Case() {
    Proposal keep;
    keep.fix = "keep-heap";
    keep.summary = "memory stays";
    keep.settings = {EnvironmentVariable{"A", "1"}};
    keep.price = "412 MiB";
    Proposal limit = keep;
    limit.fix = "limit-arenas";
    Proposal advice;
    advice.fix = "gate-readiness";
    advice.advice = "wait for it";
    advice.price = "a slower start";
    Proposal refused;
    refused.fix = "swap-allocator";
    refused.refused = "static";
    Finding finding;
    finding.cause = "refault";
    finding.fixes = {keep, limit, advice, refused};
    diagnosis.findings = {finding};
    Change change;
    change.fixes = {"keep-heap"};
    change.path = "/etc/systemd/system/rewards.service.d/zz-faultline.conf";
    change.diff = "--- /dev/null\n+++ " + change.path + "\n";
    change.needs = {"daemon-reload", "restart"};
    rendering.changes = {change};
  }

  std::string text() const { return text_report(snapshot, diagnosis, rendering, {}); }
};

TEST(FixesText, TellsTheFixOfTheDiffFromTheOthers) {
  const std::string text = Case().text();
  EXPECT_THAT(text, HasSubstr(" fix            keep-heap: memory stays\n"));
  EXPECT_THAT(text, HasSubstr(" also possible  limit-arenas: memory stays\n"));
  EXPECT_THAT(text,
              HasSubstr(" advice         gate-readiness: wait for it\n             price        a slower start\n"));
  EXPECT_THAT(text, HasSubstr(" refused        swap-allocator: static\n"));
}

TEST(FixesText, ARefusalOfTheUnitStandsInPlaceOfTheFix) {
  Case one;
  one.rendering = {{}, {{"keep-heap", "an EnvironmentFile wins"}, {"limit-arenas", "the unit sets it already", true}}};
  const std::string text = one.text();
  EXPECT_THAT(text, HasSubstr(" refused        keep-heap: an EnvironmentFile wins\n"));
  EXPECT_THAT(text, HasSubstr(" in place       limit-arenas: the unit sets it already\n"));
  EXPECT_THAT(text, HasSubstr("Nothing was changed.\n"));
  EXPECT_THAT(text, Not(HasSubstr("systemctl")));
}

TEST(FixesText, NamesTheUnitOfTheFileAndNotTheTarget) {
  Case one;
  one.snapshot.target = "pid:41";
  EXPECT_THAT(one.text(), HasSubstr("  systemctl daemon-reload && systemctl restart rewards.service\n"));
  one.rendering.changes[0].path = "/etc/systemd/system/dev-disk\\x2dby.service.d/zz-faultline.conf";
  EXPECT_THAT(one.text(), HasSubstr("restart 'dev-disk\\x2dby.service'\n"));
  one.rendering.changes[0].needs = {"daemon-reload"};
  EXPECT_THAT(one.text(), HasSubstr("  systemctl daemon-reload\n"));
}

}  // namespace
}  // namespace faultline::report
