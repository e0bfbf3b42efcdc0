// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/moment.h"

#include <gtest/gtest.h>

#include "tests/unit/advisor/support/temporary_tree.h"

namespace faultline {
namespace {

/// A host of one CPU and one process.
class MomentTest : public testing::Test {
 protected:
  void write(const std::string& ticks) {
    tree_.write("/proc/stat", "cpu  " + ticks + " 0 0 0 0 0 0 0 0 0\ncpu0 " + ticks + " 0 0 0 0 0 0 0 0 0\n");
    tree_.write("/proc/41/stat", "41 (x) S 1 0 0 0 -1 0 0 0 0 0 " + ticks + " 0 0 0 20 0 1 0 77 0 0 0\n");
    tree_.write("/cgroup/cpu.stat", ticks);
  }
  test::TemporaryTree tree_;
};

TEST_F(MomentTest, AllThatIsAskedForIsAsItWasWhenItWasAskedForFirst) {
  const host::Root root = tree_.root();
  Moment moment(root);
  write("100");
  const double busy = moment.times().cpus.value().at(0).busy_seconds;
  const double used = moment.processes()->rows.at(0).cpu_seconds;
  EXPECT_GT(busy, 0);
  EXPECT_GT(used, 0);
  EXPECT_EQ(moment.files().read("/cgroup/cpu.stat").value(), "100");
  write("300");
  EXPECT_EQ(moment.times().cpus.value().at(0).busy_seconds, busy);
  EXPECT_EQ(moment.processes()->rows.at(0).cpu_seconds, used);
  EXPECT_EQ(moment.files().read("/cgroup/cpu.stat").value(), "100");
  moment.end();
  EXPECT_EQ(moment.times().cpus.value().at(0).busy_seconds, 3 * busy);
  EXPECT_EQ(moment.processes()->rows.at(0).cpu_seconds, 3 * used);
  EXPECT_EQ(moment.files().read("/cgroup/cpu.stat").value(), "300");
}

}  // namespace
}  // namespace faultline
