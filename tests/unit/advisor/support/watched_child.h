// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <optional>

#include "advisor/host/machine.h"
#include "advisor/target/process_watch.h"
#include "tests/unit/advisor/support/working_child.h"

namespace faultline::test {

/// This machine, and one working child of the test as the target that is watched.
class WatchedChild : public ::testing::Test {
 protected:
  void watch(const WorkingChild& child) {
    machine_.emplace(*host::inspect_machine());
    target::Target target;
    target.name = "pid:" + std::to_string(child.pid());
    target.main_pid = child.pid();
    watch_.emplace(*target::ProcessWatch::begin(*machine_, target));
  }
  std::optional<host::Machine> machine_;
  std::optional<target::ProcessWatch> watch_;
};

}  // namespace faultline::test
