// SPDX-License-Identifier: Apache-2.0
// Processes that come and go while they are looked for as seldom as may be.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

#include "tests/contract/support/audited.h"
#include "tests/unit/advisor/support/child.h"

namespace faultline::test {
namespace {

TEST(BirthsAndEnds, AProcessThatIsBornLateInTheWindowBelongsToItsParent) {
  // Nothing is born for two slices, so that nobody looks, and nothing ends; then comes one that stays.
  const Child parent([] {
    Child::say_ready();
    ::usleep(3'000'000);
    const pid_t self = ::getpid();
    if (::fork() == 0) end_with_parent(self);
    for (;;) ::pause();
  });
  const Audited audited = audit({"pid:" + std::to_string(parent.pid()), "--window", "5s"});
  EXPECT_EQ(audited.flaws, "") << audited.err;
  EXPECT_EQ(audited.number("process.count"), 2);
}

TEST(BirthsAndEnds, AnEndIsNoticedBeforeTheSliceIsOver) {
  // Slices of 15 s: 120 of them in the window.
  const Audited audited = audit({"--window", "30m", "--", "/bin/sleep", "1"});
  EXPECT_EQ(audited.flaws, "") << audited.err;
  EXPECT_THAT(audited.said("window/ended_early"), testing::StartsWith("the target ended after"));
  EXPECT_EQ(audited.said("window/slices"), "0");
}

}  // namespace
}  // namespace faultline::test
