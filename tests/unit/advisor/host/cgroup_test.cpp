// SPDX-License-Identifier: Apache-2.0
// The three layouts of cgroups, as trees of files with the kernel's own texts.
#include "advisor/host/cgroup.h"

#include <gmock/gmock.h>

#include "tests/unit/advisor/support/temporary_tree.h"

namespace faultline::host {
namespace {

using test::TemporaryTree;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr pid_t pid = 4121;
constexpr const char* v2_mount = "31 23 0:28 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr const char* v1_mounts =
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
    "40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n";

class Cgroups : public ::testing::Test {
 protected:
  void mounts(const std::string& text) { tree_.write("/proc/self/mountinfo", text); }
  void of_process(const std::string& text) { tree_.write("/proc/4121/cgroup", text); }
  void file(const std::string& path, const std::string& text) { tree_.write("/sys/fs/cgroup" + path, text); }
  Result<std::vector<CpuControl>> cpu() { return read_cpu_controls(tree_.root(), found(), pid); }
  Result<std::vector<MemoryControl>> memory() { return read_memory_controls(tree_.root(), found(), pid); }
  Result<std::vector<pid_t>> processes(const std::string& path) {
    return list_cgroup_processes(tree_.root(), found(), path);
  }
  CgroupMounts found() { return find_cgroup_mounts(tree_.root()).value(); }

  TemporaryTree tree_;
};

TEST_F(Cgroups, OfVersion2GiveQuotaAndThrottlingOfEachLevel) {
  mounts(v2_mount);
  of_process("0::/a.slice/b.service\n");
  file("/a.slice/b.service/cpu.max", "50000 100000\n");
  file("/a.slice/b.service/cpu.stat",
       "usage_usec 2500000\nuser_usec 1\nsystem_usec 1\nnr_periods 40\nnr_throttled 30\nthrottled_usec 1500000\n");
  file("/a.slice/cpu.max", "max 100000\n");
  file("/a.slice/cpu.stat", "usage_usec 9000000\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\n");
  file("/cpu.stat", "usage_usec 99000000\nuser_usec 1\nsystem_usec 1\n");  // the root has no quota files
  const auto levels = cpu();
  ASSERT_TRUE(levels) << levels.error().why;
  ASSERT_EQ(levels->size(), 2U);
  const CpuControl& leaf = levels->at(0);
  EXPECT_EQ(leaf.path, "/sys/fs/cgroup/a.slice/b.service");
  EXPECT_DOUBLE_EQ(leaf.quota_cores.value(), 0.5);
  EXPECT_DOUBLE_EQ(leaf.period_seconds, 0.1);
  EXPECT_EQ(leaf.periods, 40U);
  EXPECT_EQ(leaf.throttled_periods, 30U);
  EXPECT_DOUBLE_EQ(leaf.throttled_seconds, 1.5);
  EXPECT_DOUBLE_EQ(leaf.used_seconds.value(), 2.5);
  EXPECT_EQ(levels->at(1).path, "/sys/fs/cgroup/a.slice");
  EXPECT_EQ(levels->at(1).quota_cores, std::nullopt);
}

TEST_F(Cgroups, OfVersion1GiveTheSameInTheSameUnits) {
  mounts(v1_mounts);
  of_process("4:cpu,cpuacct:/a/b\n3:memory:/m\n1:name=systemd:/s\n");
  file("/cpu,cpuacct/a/b/cpu.cfs_quota_us", "150000\n");
  file("/cpu,cpuacct/a/b/cpu.cfs_period_us", "100000\n");
  file("/cpu,cpuacct/a/b/cpu.stat", "nr_periods 40\nnr_throttled 30\nthrottled_time 1500000000\n");
  file("/cpu,cpuacct/a/b/cpuacct.usage", "2500000000\n");
  file("/cpu,cpuacct/a/cpu.cfs_quota_us", "-1\n");
  file("/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
  file("/cpu,cpuacct/a/cpu.stat", "nr_periods 0\nnr_throttled 0\nthrottled_time 0\n");
  const auto levels = cpu();
  ASSERT_TRUE(levels) << levels.error().why;
  ASSERT_EQ(levels->size(), 2U);
  EXPECT_DOUBLE_EQ(levels->at(0).quota_cores.value(), 1.5);
  EXPECT_DOUBLE_EQ(levels->at(0).throttled_seconds, 1.5);
  EXPECT_DOUBLE_EQ(levels->at(0).used_seconds.value(), 2.5);
  EXPECT_EQ(levels->at(1).quota_cores, std::nullopt);
  EXPECT_EQ(levels->at(1).used_seconds, std::nullopt);
}

TEST_F(Cgroups, OfAHybridLayoutAreReadWhereTheControllerIs) {
  mounts(std::string(v1_mounts) + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  of_process("4:cpu,cpuacct:/a\n3:memory:/m\n1:name=systemd:/s\n0::/u\n");
  file("/cpu,cpuacct/a/cpu.stat", "nr_periods 7\nnr_throttled 0\nthrottled_time 0\n");
  file("/unified/u/cpu.stat", "usage_usec 1\n");
  ASSERT_EQ(cpu().value().size(), 1U);
  EXPECT_EQ(cpu()->front().periods, 7U);
}

TEST_F(Cgroups, MemoryLimitsOfVersion2) {
  mounts(v2_mount);
  of_process("0::/a/b\n");
  file("/a/b/memory.current", "1000\n");
  file("/a/b/memory.max", "max\n");
  file("/a/b/memory.high", "5000\n");
  file("/a/b/memory.stat", "anon 1\nfile 2\ninactive_file 300\n");
  file("/a/memory.current", "2000\n");
  file("/a/memory.max", "8000\n");
  const auto levels = memory();
  ASSERT_TRUE(levels);
  ASSERT_EQ(levels->size(), 2U);
  EXPECT_EQ(levels->at(0).max_bytes, std::nullopt);
  EXPECT_EQ(levels->at(0).high_bytes, 5000U);
  EXPECT_EQ(levels->at(0).current_bytes, 1000U);
  EXPECT_EQ(levels->at(0).reclaimable_bytes, 300U);
  EXPECT_EQ(levels->at(1).max_bytes, 8000U);
}

TEST_F(Cgroups, MemoryLimitsOfVersion1) {
  mounts(v1_mounts);
  of_process("3:memory:/m\n");
  file("/memory/m/memory.usage_in_bytes", "1000\n");
  file("/memory/m/memory.limit_in_bytes", "4096\n");
  file("/memory/m/memory.stat", "inactive_file 1\ntotal_inactive_file 300\n");
  file("/memory/memory.usage_in_bytes", "9000\n");
  file("/memory/memory.limit_in_bytes", "9223372036854771712\n");  // no limit
  const auto levels = memory();
  ASSERT_TRUE(levels);
  ASSERT_EQ(levels->size(), 2U);
  EXPECT_EQ(levels->at(0).max_bytes, 4096U);
  EXPECT_EQ(levels->at(0).reclaimable_bytes, 300U);
  EXPECT_EQ(levels->at(1).max_bytes, std::nullopt);
}

TEST_F(Cgroups, OutsideOfTheNamespaceAreUnknownAndNotUnlimited) {
  mounts(v2_mount);
  of_process("0::/../host.service\n");
  EXPECT_EQ(cpu().error().kind, ErrorKind::unsupported);
  EXPECT_EQ(memory().error().kind, ErrorKind::unsupported);
}

TEST_F(Cgroups, OfAContainerAreFoundBelowThePartThatIsMounted) {
  mounts("31 23 0:28 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n");
  of_process("0::/docker/abc/inner\n");
  file("/inner/cpu.stat", "nr_periods 1\n");
  file("/inner/cpu.max", "100000 100000\n");
  file("/cpu.stat", "nr_periods 2\n");
  file("/cpu.max", "200000 100000\n");
  const auto levels = cpu();
  ASSERT_TRUE(levels) << levels.error().why;
  ASSERT_EQ(levels->size(), 2U);
  EXPECT_DOUBLE_EQ(levels->at(1).quota_cores.value(), 2.0);
  of_process("0::/docker/abcd\n");
  EXPECT_EQ(cpu().error().kind, ErrorKind::unsupported);
}

TEST_F(Cgroups, ThatAreNotMountedLimitNothingThatCouldBeSeen) {
  mounts("31 23 0:28 / / rw - ext4 /dev/sda rw\n");
  of_process("0::/a\n");
  EXPECT_THAT(cpu().value(), IsEmpty());
  EXPECT_THAT(memory().value(), IsEmpty());
}

TEST_F(Cgroups, OfAProcessThatEndedAreGone) {
  mounts(v2_mount);
  EXPECT_EQ(cpu().error().kind, ErrorKind::gone);
  EXPECT_EQ(memory().error().kind, ErrorKind::gone);
}

TEST_F(Cgroups, AreWalkedHoweverDeep) {
  mounts(v2_mount);
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "/d";
  of_process("0::" + deep + "\n");
  file("/d/cpu.stat", "nr_periods 1\n");
  file("/d/cpu.max", "100000 100000\n");
  ASSERT_EQ(cpu().value().size(), 1U);
  EXPECT_EQ(cpu()->front().path, "/sys/fs/cgroup/d");
}

TEST_F(Cgroups, NonsenseInTheFilesIsNoNumber) {
  mounts(v2_mount);
  of_process("0::/a\n");
  file("/a/cpu.stat", "nr_periods x\n");
  file("/a/cpu.max", "\n");
  file("/a/memory.current", "-5\n");
  EXPECT_THAT(cpu().value(), IsEmpty());
  EXPECT_THAT(memory().value(), IsEmpty());
  file("/a/cpu.stat", "nr_periods 5\nnr_throttled\n");
  file("/a/cpu.max", "100 0\n");
  ASSERT_EQ(cpu().value().size(), 1U);
  EXPECT_EQ(cpu()->front().quota_cores, std::nullopt) << "a period of zero gives no quota, and no infinity";
}

TEST_F(Cgroups, ListTheirProcessesAndThoseBelow) {
  mounts(v2_mount);
  file("/a/cgroup.procs", "30\n10\n");
  file("/a/b.scope/cgroup.procs", "20\n0\n10\n");
  file("/a/b.scope/c/cgroup.procs", "");
  file("/a/not_a_cgroup/x", "");
  EXPECT_THAT(processes("/a").value(), ElementsAre(10, 20, 30));
}

TEST_F(Cgroups, ListProcessesOfTheHierarchyThatHasThem) {
  mounts(std::string(v1_mounts) + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
  file("/unified/s/cgroup.procs", "");
  file("/systemd/s/cgroup.procs", "10\n");
  EXPECT_THAT(processes("/s").value(), ElementsAre(10));
}

TEST_F(Cgroups, SayWhyTheyHaveNoProcess) {
  mounts(v2_mount);
  file("/empty/cgroup.procs", "");
  EXPECT_EQ(processes("/none").error().kind, ErrorKind::not_found);
  EXPECT_THAT(processes("/empty").error().why, HasSubstr("empty"));
  for (const char* path : {"", "a", "/../a", "/a/../b", "/a/.."}) {
    EXPECT_EQ(processes(path).error().kind, ErrorKind::usage) << path;
  }
}

TEST_F(Cgroups, HaveAFolderForPerf) {
  mounts(v2_mount);
  file("/a/cgroup.procs", "");
  EXPECT_EQ(v2_folder(tree_.root(), found(), "/a"), "/sys/fs/cgroup/a");
  EXPECT_EQ(v2_folder(tree_.root(), found(), "/b"), std::nullopt);
  EXPECT_EQ(v2_folder(tree_.root(), found(), "/../a"), std::nullopt);
  EXPECT_EQ(v2_folder(tree_.root(), CgroupMounts{}, "/a"), std::nullopt);
}

TEST(CgroupMounts, AreFoundAmongOthers) {
  const auto mounts = parse_cgroup_mounts(
      "22 1 8:1 / / rw - ext4 /dev/sda1 rw\nbroken\n23 22 0:4 / /with\\040blank rw shared:5 master:1 - cgroup2 c rw\n"
      "24 22 0:5 /part /first rw - cgroup c rw,memory\n25 22 0:5 / /second rw - cgroup c rw,memory\n"
      "26 22 0:5 / /third rw - cgroup c rw,memory\n");
  ASSERT_TRUE(mounts.v2 && mounts.memory);
  EXPECT_EQ(mounts.v2->point, "/with blank");
  EXPECT_EQ(mounts.memory->point, "/second") << "the first that shows the whole hierarchy";
  EXPECT_FALSE(mounts.cpu);
  EXPECT_FALSE(parse_cgroup_mounts("").v2);
}

}  // namespace
}  // namespace faultline::host
