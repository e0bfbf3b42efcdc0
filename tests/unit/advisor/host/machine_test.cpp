// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/machine.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include "tests/unit/advisor/support/temporary_tree.h"

namespace faultline::host {
namespace {

TEST(Machine, ThisOneIsExamined) {
  const auto machine = inspect_machine();
  ASSERT_TRUE(machine) << machine.error().why;
  EXPECT_FALSE(machine->facts.kernel.empty());
  EXPECT_FALSE(machine->facts.architecture.empty());
  EXPECT_GE(machine->facts.cpus, 1U);
  EXPECT_GE(machine->facts.numa_nodes, 1U);
  EXPECT_EQ(machine->facts.page_bytes, static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
  EXPECT_EQ(machine->abilities.uid, ::geteuid());
}

TEST(Machine, WithoutProcIsRefused) {
  const test::TemporaryTree tree;
  const auto machine = inspect_machine(tree.path());
  ASSERT_FALSE(machine);
  EXPECT_EQ(machine.error().kind, ErrorKind::unsupported);
  EXPECT_FALSE(machine.error().hint.empty());
}

TEST(Machine, ReadsItsLimitsFromItsRoot) {
  const test::TemporaryTree tree;
  tree.write("/proc/self/stat", "");
  tree.write("/proc/self/status", "Name:\tx\nCapEff:\t0000004000080000\n");  // PERFMON 38, SYS_PTRACE 19
  tree.write("/proc/sys/kernel/perf_event_paranoid", "2\n");
  tree.write("/sys/kernel/btf/vmlinux", "");
  const auto machine = inspect_machine(tree.path());
  ASSERT_TRUE(machine) << machine.error().why;
  const Abilities& can = machine->abilities;
  EXPECT_TRUE(can.cap_perfmon);
  EXPECT_TRUE(can.cap_sys_ptrace);
  EXPECT_FALSE(can.cap_sys_admin || can.cap_syslog || can.cap_dac_read_search);
  EXPECT_EQ(can.perf_event_paranoid, 2);
  EXPECT_EQ(can.kptr_restrict, std::nullopt);  // not there is not zero
  EXPECT_TRUE(can.has_btf);
  EXPECT_TRUE(can.kernel_profiling());
}

TEST(Abilities, FollowTheParanoidLevel) {
  Abilities can;
  EXPECT_FALSE(can.kernel_profiling()) << "an unknown level counts as the kernel's default, 2";
  can.perf_event_paranoid = 1;
  EXPECT_TRUE(can.kernel_profiling());
  EXPECT_FALSE(can.cpu_wide());
  can.perf_event_paranoid = 0;
  EXPECT_TRUE(can.cpu_wide());
  can.perf_event_paranoid = 2;
  can.cap_perfmon = true;
  EXPECT_TRUE(can.kernel_profiling() && can.cpu_wide());
  can.perf_event_paranoid = 3;  // Debian's own level
  EXPECT_FALSE(can.kernel_profiling() || can.cpu_wide());
  can.cap_sys_admin = true;
  EXPECT_TRUE(can.kernel_profiling() && can.cpu_wide());
}

TEST(Calibration, GivesACostThatAFaultCanHave) {
  const auto ns = calibrate_ns_per_fault();
  ASSERT_TRUE(ns);
  // A page can't be had faster than a few cache lines are written, nor does any machine take a tenth of a second.
  EXPECT_GT(*ns, 10);
  EXPECT_LT(*ns, 1e8);
}

}  // namespace
}  // namespace faultline::host
