// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/session.h"

#include <gtest/gtest.h>

#include "tests/unit/advisor/support/touch.h"
#include "tests/unit/advisor/support/working_child.h"

namespace faultline::measure {
namespace {

target::Target target_of(pid_t pid) {
  target::Target target;
  target.name = "pid:" + std::to_string(pid);
  target.main_pid = pid;
  return target;
}

class DeedsOfAChild : public ::testing::Test {
 protected:
  std::optional<Deeds> deeds() { return deeds_of(machine_.root, *watch_); }
  void watch(const test::WorkingChild& child) {
    auto begun = target::ProcessWatch::begin(machine_, target_of(child.pid()));
    ASSERT_TRUE(begun);
    watch_.emplace(std::move(*begun));
  }
  host::Machine machine_ = host::inspect_machine().value();
  std::optional<target::ProcessWatch> watch_;
};

TEST_F(DeedsOfAChild, AreTheSameWhileItDoesNothing) {
  const test::WorkingChild child([] {});
  watch(child);
  // It may still be on its way to sleep.
  EXPECT_TRUE(test::eventually([&] { return deeds() && deeds() == deeds(); }));
}

TEST_F(DeedsOfAChild, AreOthersOnceItFaulted) {
  const test::WorkingChild child([] { test::touch(test::fresh_pages(16), 16); });
  watch(child);
  const auto before = deeds();
  ASSERT_TRUE(before);
  child.work();
  EXPECT_NE(deeds(), before);
}

TEST_F(DeedsOfAChild, AreUnknownOnceItEnded) {
  std::optional<test::WorkingChild> child(std::in_place, [] {});
  watch(*child);
  child.reset();
  EXPECT_FALSE(deeds());
}

}  // namespace
}  // namespace faultline::measure
