// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/pressure.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/advisor/support/temporary_tree.h"

namespace faultline::host {
namespace {

const char* const sample =
    "some avg10=98.30 avg60=92.86 avg300=49.80 total=218638674\n"
    "full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n";

TEST(Pressure, IsTheTotalOfTheSomeLine) {
  EXPECT_DOUBLE_EQ(*parse_some_seconds(sample), 218.638674);
  EXPECT_DOUBLE_EQ(*parse_some_seconds("full total=7\nsome total=1000000"), 1.0);
}

TEST(Pressure, WithoutATotalIsNothing) {
  for (const auto* text : {"", "full total=7\n", "some avg10=1\n", "some total=\n", "some total=-1\n",
                           "some total=1x\n", "total=7\n", "some", "some total=99999999999999999999999\n"}) {
    EXPECT_FALSE(parse_some_seconds(text)) << text;
  }
}

TEST(Pressure, IsOfTheOwnCgroupAndElseOfTheHost) {
  const test::TemporaryTree tree;
  CgroupMounts mounts;
  mounts.v2 = CgroupMount{"/sys/fs/cgroup", "/"};
  EXPECT_FALSE(read_cpu_pressure(tree.root(), mounts, 7)) << "a kernel without PSI";
  tree.write("/proc/pressure/cpu", "some total=2000000\n");
  tree.write("/proc/7/cgroup", "0::/a.service\n");
  EXPECT_EQ(read_cpu_pressure(tree.root(), mounts, 7)->path, "/proc/pressure/cpu");
  tree.write("/sys/fs/cgroup/a.service/cpu.pressure", "some total=1000000\n");
  const auto own = read_cpu_pressure(tree.root(), mounts, 7);
  ASSERT_TRUE(own);
  EXPECT_EQ(own->path, "/sys/fs/cgroup/a.service/cpu.pressure");
  EXPECT_DOUBLE_EQ(own->some_seconds, 1.0);
  tree.write("/proc/7/cgroup", "0::/\n");
  EXPECT_EQ(read_cpu_pressure(tree.root(), mounts, 7)->path, "/proc/pressure/cpu");
}

}  // namespace
}  // namespace faultline::host
