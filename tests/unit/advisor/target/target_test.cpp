// SPDX-License-Identifier: Apache-2.0
// TARGET: what its text may be, and what it resolves to on this machine.
#include "advisor/target/target.h"

#include <gmock/gmock.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "advisor/host/proc.h"
#include "tests/unit/advisor/support/child.h"
#include "tests/unit/advisor/support/fake_bus.h"
#include "tests/unit/advisor/support/temporary_tree.h"

namespace faultline::target {
namespace {

using test::Child;
using test::FakeBus;
using ::testing::HasSubstr;

Result<Target> resolve_pid(pid_t pid) {
  return resolve(Spec{Kind::pid, false, {}, pid}, host::inspect_machine().value(), nullptr);
}

TEST(Parse, KnowsEachForm) {
  EXPECT_EQ(parse("rewards.service")->name, "rewards.service");
  EXPECT_EQ(parse("rewards.service")->kind, Kind::unit);
  EXPECT_EQ(parse("worker@3.service")->name, "worker@3.service");
  EXPECT_EQ(parse("rewards")->name, "rewards.service");
  EXPECT_EQ(parse("pid:4121")->pid, 4121);
  EXPECT_EQ(parse("4121")->kind, Kind::pid);
  EXPECT_EQ(parse("cgroup:/system.slice/a.service")->name, "/system.slice/a.service");
  EXPECT_EQ(parse("cgroup:/a/")->name, "/a");
  EXPECT_TRUE(parse("all")->all);
}

TEST(Parse, RefusesWhatCannotBeOneAndSaysWhatCan) {
  for (const std::string text : {"",
                                 "pid:",
                                 "pid:0",
                                 "pid:-1",
                                 "pid:x",
                                 "pid: 1",
                                 "pid:+1",
                                 "pid:1x",
                                 "pid:99999999999999999999",
                                 "99999999999999999999",
                                 "0",
                                 "cgroup:",
                                 "cgroup:a",
                                 "cgroup:/",
                                 "cgroup://",
                                 "cgroup:/..",
                                 "cgroup:/a/../b",
                                 "%n.service",
                                 "a%b",
                                 "a\"b.service",
                                 "a'b",
                                 "a/b.service",
                                 "/etc/passwd",
                                 "..",
                                 "../x.service",
                                 "a..service",
                                 "x.timer",
                                 "x.socket",
                                 "a b",
                                 "a\nb.service",
                                 "\033[31m.service",
                                 "*.service",
                                 "pod:ns/pod",
                                 "deploy:ns/name",
                                 "sts:a/b",
                                 "ds:a/b",
                                 "ALL."}) {
    const auto spec = parse(text);
    ASSERT_FALSE(spec) << text;
    EXPECT_EQ(spec.error().kind, ErrorKind::usage) << text;
    EXPECT_EQ(spec.error().where, text);
    EXPECT_FALSE(spec.error().why.empty()) << text;
    EXPECT_FALSE(spec.error().hint.empty()) << text;
  }
}

TEST(Resolve, AProcessThatRuns) {
  const Child child({FAULTLINE_BINARY_DIR "/tests/probe"});
  const auto target = resolve_pid(child.pid());
  ASSERT_TRUE(target) << target.error().why;
  EXPECT_EQ(target->kind, Kind::pid);
  EXPECT_EQ(target->main_pid, child.pid());
  EXPECT_EQ(target->name, "pid:" + std::to_string(child.pid()));
  EXPECT_EQ(target->cgroup, "");
}

TEST(Resolve, AProcessThatEndedIsNotFound) {
  pid_t pid = 0;
  {
    const Child child({FAULTLINE_BINARY_DIR "/tests/probe"});
    pid = child.pid();
  }
  const auto target = resolve_pid(pid);
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().kind, ErrorKind::not_found);
  EXPECT_EQ(resolve_pid(0x7ffffffe).error().kind, ErrorKind::not_found);
}

TEST(Resolve, AZombieIsRefusedWithItsParent) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(0);
  siginfo_t ended{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT), 0);
  const auto target = resolve_pid(pid);
  ::waitpid(pid, nullptr, 0);
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().kind, ErrorKind::refused);
  EXPECT_THAT(target.error().why, HasSubstr("zombie"));
  EXPECT_THAT(target.error().hint, HasSubstr("pid:" + std::to_string(::getpid())));
}

TEST(Resolve, AProcessWhoseMainThreadEndedStillRuns) {
  const Child child([] {
    pthread_t other{};
    ::pthread_create(
        &other, nullptr,
        [](void*) -> void* {
          Child::say_ready();
          for (;;) ::pause();
        },
        nullptr);
    ::syscall(SYS_exit, 0);  // of this thread alone
  });
  const auto machine = host::inspect_machine().value();
  ASSERT_TRUE(test::eventually([&] { return host::read_stat(machine.root, child.pid())->state == 'Z'; }));
  EXPECT_TRUE(resolve_pid(child.pid())) << "its main thread is a zombie and another one works";
}

TEST(Resolve, FaultlineItselfIsRefused) {
  EXPECT_EQ(resolve_pid(::getpid()).error().kind, ErrorKind::refused);
  EXPECT_THAT(resolve_pid(::getpid()).error().why, HasSubstr("faultline"));
}

TEST(Resolve, AKernelThreadIsRefusedWithItsName) {
  const auto machine = host::inspect_machine().value();
  const auto pids = host::list_processes(machine.root).value();
  for (const pid_t pid : pids) {
    const auto stat = host::read_stat(machine.root, pid);
    if (!stat || !stat->kernel_thread()) continue;
    const auto target = resolve_pid(pid);
    ASSERT_FALSE(target);
    EXPECT_EQ(target.error().kind, ErrorKind::refused);
    EXPECT_THAT(target.error().why, HasSubstr("kernel thread"));
    return;
  }
  GTEST_SKIP() << "no kernel thread is visible in this PID namespace";
}

TEST(Resolve, ANameThatTriesTheTerminalIsMadeVisible) {
  const test::TemporaryTree tree;
  tree.write("/proc/41/stat", "41 (\033[2Jx\n) S 2 0 0 0 -1 2129984 0 0 0 0 0 7 0 0 20 0 1 0 11 0 0 0\n");
  const host::Machine machine{tree.root(), {}, {}, {}};
  const auto target = resolve(Spec{Kind::pid, false, {}, 41}, machine, nullptr);
  ASSERT_FALSE(target);
  EXPECT_THAT(target.error().why, HasSubstr("\\x1b[2Jx\\x0a"));
}

Unit unit_named(const std::string& id, const std::string& active_state) {
  Unit unit;
  unit.id = id;
  unit.load_state = "loaded";
  unit.active_state = active_state;
  return unit;
}

/// A machine with one cgroup of three processes: 10 used most CPU time, 11 is a zombie, 12 idles.
class Recorded : public ::testing::Test {
 protected:
  Recorded() {
    tree_.write("/proc/self/mountinfo", "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
    tree_.write("/sys/fs/cgroup/s.slice/cgroup.procs", "");
    tree_.write("/sys/fs/cgroup/s.slice/rewards.service/cgroup.procs", "10\n11\n12\n");
    write_process(10, 'S', 900);
    write_process(11, 'Z', 9000);
    write_process(12, 'S', 5);
    bus_.units["rewards.service"] = unit_named("rewards.service", "active");
    bus_.units["rewards.service"].control_group = "/s.slice/rewards.service";
    bus_.units["rewards.service"].main_pid = 12;
  }
  void write_process(pid_t pid, char state, int user_ticks) {
    tree_.write("/proc/" + std::to_string(pid) + "/stat", std::to_string(pid) + " (x) " + state +
                                                              " 1 0 0 0 -1 0 0 0 0 0 " + std::to_string(user_ticks) +
                                                              " 0 0 0 20 0 1 0 77 0 0 0\n");
  }
  host::Machine machine() {
    host::Machine machine{tree_.root(), {}, {}, {}};
    machine.cgroups = host::find_cgroup_mounts(machine.root).value();
    return machine;
  }
  Result<Target> resolved(const std::string& text) { return resolve(parse(text).value(), machine(), &bus_); }

  test::TemporaryTree tree_;
  FakeBus bus_;
};

TEST_F(Recorded, AUnitIsItsCgroupAndItsMainProcess) {
  const auto target = resolved("rewards");
  ASSERT_TRUE(target) << target.error().why;
  EXPECT_EQ(target->kind, Kind::unit);
  EXPECT_EQ(target->name, "rewards.service");
  EXPECT_EQ(target->cgroup, "/s.slice/rewards.service");
  EXPECT_EQ(target->main_pid, 12);
  ASSERT_TRUE(target->unit);
}

TEST_F(Recorded, AMainProcessThatIsNotThereIsReplacedByTheBusiest) {
  bus_.units["rewards.service"].main_pid = 99;
  EXPECT_EQ(resolved("rewards.service")->main_pid, 10);
  bus_.units["rewards.service"].main_pid = 0;
  EXPECT_EQ(resolved("rewards.service")->main_pid, 10);
}

TEST_F(Recorded, ACgroupIsItsBusiestLivingProcess) {
  const auto target = resolved("cgroup:/s.slice");
  ASSERT_TRUE(target) << target.error().why;
  EXPECT_EQ(target->main_pid, 10);
  EXPECT_EQ(target->name, "cgroup:/s.slice");
}

TEST_F(Recorded, SecretsOfTheUnitDoNotEnter) {
  bus_.units["rewards.service"].environment = {{"JAVA_TOOL_OPTIONS", "-Xmx1g -Dpassword=secret"}};
  bus_.units["rewards.service"].environment_files = {
      {"/etc/default/rewards", false, true, {{"NODE_OPTIONS", "--require /secret --max-old-space-size=100"}}}};
  const auto target = resolved("rewards");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->unit->environment.at("JAVA_TOOL_OPTIONS"), "-Xmx1g");
  EXPECT_EQ(target->unit->environment_files.front().sets.at("NODE_OPTIONS"), "--max-old-space-size=100");
}

TEST_F(Recorded, AnUnknownUnitNamesItsNearMisses) {
  bus_.files = {"rewards-worker.service", "nginx.service", "rewards.timer"};
  const auto target = resolved("rewrads");
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().kind, ErrorKind::usage);
  EXPECT_THAT(target.error().hint, HasSubstr("did you mean rewards.service"));
  EXPECT_THAT(resolved("nothing-like-it").error().hint, HasSubstr("systemctl list-units"));
}

TEST_F(Recorded, AUnitThatDoesNotRunSaysItsState) {
  Unit& unit = bus_.units["rewards.service"];
  unit.load_state = "masked";
  EXPECT_THAT(resolved("rewards").error().hint, HasSubstr("unmask"));
  unit.load_state = "loaded";
  unit.active_state = "failed";
  unit.control_group = "";
  EXPECT_THAT(resolved("rewards").error().why, HasSubstr("failed"));
  unit.control_group = "/s.slice/other.service";
  EXPECT_THAT(resolved("rewards").error().why, HasSubstr("/s.slice/other.service"));
}

TEST_F(Recorded, WithoutSystemdAUnitSaysWhatElseCanBeAudited) {
  const auto target = resolve(parse("rewards").value(), machine(), nullptr);
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().kind, ErrorKind::unsupported);
  EXPECT_THAT(target.error().hint, HasSubstr("pid:N"));
  EXPECT_EQ(resolve_all(machine(), nullptr).error().kind, ErrorKind::unsupported);
}

TEST_F(Recorded, AllAreTheServicesThatRun) {
  bus_.units["idle.service"] = unit_named("idle.service", "inactive");
  bus_.units["x.timer"] = unit_named("x.timer", "active");
  const auto targets = resolve_all(machine(), &bus_);
  ASSERT_TRUE(targets);
  ASSERT_EQ(targets->size(), 1U);
  EXPECT_EQ(targets->front().name, "rewards.service");
}

}  // namespace
}  // namespace faultline::target
