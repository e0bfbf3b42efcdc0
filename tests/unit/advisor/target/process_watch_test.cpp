// SPDX-License-Identifier: Apache-2.0
// Processes that come and go, real ones; and a recorded machine for what can't be made to happen: a PID used again.
#include "advisor/target/process_watch.h"

#include <gmock/gmock.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/advisor/support/child.h"
#include "tests/unit/advisor/support/temporary_tree.h"

namespace faultline::target {
namespace {

using test::Child;
using test::eventually;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Target target_of(pid_t pid) {
  Target target;
  target.name = "pid:" + std::to_string(pid);
  target.main_pid = pid;
  return target;
}

/// Forks a sleeping child at each byte that it reads, ends it at the next, and answers with "+" and "-". With
/// `one_first` one is there from the start.
void breed(bool one_first) {
  const auto bear = [] {
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) {
      test::end_with_parent(parent);
      for (;;) ::pause();
    }
    return pid;
  };
  const auto answer = [](char what) {
    if (::write(STDOUT_FILENO, &what, 1) != 1) ::_exit(1);
  };
  pid_t child = 0;
  if (one_first) bear();
  Child::say_ready();
  for (char byte = 0; ::read(STDIN_FILENO, &byte, 1) == 1;) {
    if (child == 0) {
      child = bear();
      answer('+');
    } else {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
      child = 0;
      answer('-');
    }
  }
}

class Watch : public ::testing::Test {
 protected:
  Result<ProcessWatch> begin(pid_t pid) { return ProcessWatch::begin(machine_, target_of(pid)); }
  host::Machine machine_ = host::inspect_machine().value();
};

TEST_F(Watch, FollowsOneProcessToItsEnd) {
  Child child({FAULTLINE_BINARY_DIR "/tests/probe"});
  auto watch = begin(child.pid());
  ASSERT_TRUE(watch) << watch.error().why;
  EXPECT_THAT(watch->living(), ElementsAre(child.pid()));
  EXPECT_TRUE(watch->processes().at(child.pid()).at_start);
  watch->refresh();
  EXPECT_FALSE(watch->ended());
  const pid_t pid = child.pid();
  child.end();
  watch->refresh();
  EXPECT_TRUE(watch->ended());
  EXPECT_THAT(watch->living(), IsEmpty());
  EXPECT_FALSE(watch->processes().at(pid).alive) << "what was there at the start is remembered";
  EXPECT_EQ(watch->main_pid(), pid);
}

TEST_F(Watch, AZombieHasEnded) {
  const Child child([] {
    Child::say_ready();
    char byte = 0;
    if (::read(STDIN_FILENO, &byte, 1) != 1) ::_exit(1);
    ::_exit(0);
  });
  auto watch = begin(child.pid());
  ASSERT_TRUE(watch);
  child.poke();  // it ends, and nobody waits for it
  EXPECT_TRUE(eventually([&] {
    watch->refresh();
    return watch->ended();
  }));
}

TEST_F(Watch, AProcessWhoseMainThreadEndedGoesOn) {
  const Child child([] {
    pthread_t other{};
    ::pthread_create(
        &other, nullptr,
        [](void*) -> void* {
          Child::say_ready();
          for (;;) ::pause();
        },
        nullptr);
    ::syscall(SYS_exit, 0);
  });
  ASSERT_TRUE(eventually([&] { return host::read_stat(machine_.root, child.pid())->state == 'Z'; }));
  auto watch = begin(child.pid());
  ASSERT_TRUE(watch) << watch.error().why;
  watch->refresh();
  EXPECT_FALSE(watch->ended());
}

TEST_F(Watch, FollowsWhatIsBornInTheWindowAndForgetsItWhenItEnds) {
  const Child parent([] { breed(false); });
  auto watch = begin(parent.pid());
  ASSERT_TRUE(watch);
  ASSERT_THAT(watch->living(), SizeIs(1));
  parent.poke();
  ASSERT_EQ(parent.hear(), '+');
  watch->refresh();
  ASSERT_THAT(watch->living(), SizeIs(2));
  for (const auto& [pid, process] : watch->processes()) EXPECT_EQ(process.at_start, pid == parent.pid());
  parent.poke();
  ASSERT_EQ(parent.hear(), '-');
  watch->refresh();
  EXPECT_THAT(watch->living(), ElementsAre(parent.pid()));
  EXPECT_THAT(watch->processes(), SizeIs(1));
}

TEST_F(Watch, LooksForNoChildrenWhereNoneWereBornButSeesWhatEnded) {
  const Child parent([] { breed(false); });
  auto watch = begin(parent.pid());
  ASSERT_TRUE(watch);
  parent.poke();
  ASSERT_EQ(parent.hear(), '+');
  watch->refresh(Births::none);
  EXPECT_THAT(watch->living(), SizeIs(1)) << "the caller says that there is nothing to find";
  watch->refresh(Births::may_be);
  ASSERT_THAT(watch->living(), SizeIs(2));
  parent.poke();
  ASSERT_EQ(parent.hear(), '-');
  watch->refresh(Births::none);
  EXPECT_THAT(watch->living(), ElementsAre(parent.pid()));
}

TEST_F(Watch, AChildThatWasThereBeforeIsAnotherTarget) {
  const Child parent([] { breed(true); });
  auto watch = begin(parent.pid());
  ASSERT_TRUE(watch);
  watch->refresh();
  EXPECT_THAT(watch->living(), ElementsAre(parent.pid()));
}

TEST_F(Watch, GrandchildrenBelongToItToo) {
  const Child parent([] {
    Child::say_ready();
    char byte = 0;
    if (::read(STDIN_FILENO, &byte, 1) != 1) ::_exit(1);
    const pid_t parent = ::getpid();
    if (::fork() == 0) {
      test::end_with_parent(parent);
      const pid_t child = ::getpid();
      if (::fork() == 0) {
        test::end_with_parent(child);
        if (::write(STDOUT_FILENO, "+", 1) != 1) ::_exit(1);
      }
    }
    for (;;) ::pause();
  });
  auto watch = begin(parent.pid());
  ASSERT_TRUE(watch);
  parent.poke();
  ASSERT_EQ(parent.hear(), '+');
  watch->refresh();
  EXPECT_THAT(watch->living(), SizeIs(3));
}

TEST_F(Watch, WhatEndedBeforeItBeganIsGone) {
  pid_t pid = 0;
  {
    const Child child({FAULTLINE_BINARY_DIR "/tests/probe"});
    pid = child.pid();
  }
  EXPECT_EQ(begin(pid).error().kind, ErrorKind::gone);
}

/// A machine where what the kernel says is written by the test. Its PIDs are above any that Linux gives
/// (PID_MAX_LIMIT is 2^22), so that none of them can be held by a pidfd.
class RecordedWatch : public ::testing::Test {
 protected:
  static constexpr pid_t parent = 5000001;
  static constexpr pid_t child = 5000002;

  RecordedWatch() {
    process(parent, 10);
    children("");
  }
  void process(pid_t pid, int start, char state = 'S') {
    tree_.write("/proc/" + std::to_string(pid) + "/stat", std::to_string(pid) + " (x) " + state +
                                                              " 1 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 " +
                                                              std::to_string(start) + " 0 0 0\n");
  }
  void children(const std::string& pids) { tree_.write("/proc/5000001/task/5000001/children", pids); }
  void remove(pid_t pid) { std::filesystem::remove_all(tree_.real("/proc/" + std::to_string(pid))); }
  ProcessWatch begin(const Target& target) { return ProcessWatch::begin(machine_, target).value(); }

  test::TemporaryTree tree_;
  host::Machine machine_{tree_.root(), {}, {}, {}};
};

TEST_F(RecordedWatch, APidThatIsUsedAgainIsNotTheProcess) {
  auto watch = begin(target_of(parent));
  process(parent, 99);
  watch.refresh();
  EXPECT_TRUE(watch.ended());
}

TEST_F(RecordedWatch, AChildMayGetThePidOfAnOldOne) {
  process(child, 20);
  children("5000002 ");
  auto watch = begin(target_of(parent));
  watch.refresh();
  EXPECT_THAT(watch.living(), ElementsAre(parent)) << "it was there before";
  process(child, 99);
  watch.refresh();
  EXPECT_THAT(watch.living(), ElementsAre(parent, child)) << "the same PID, born in the window";
}

TEST_F(RecordedWatch, AChildMayGetThePidOfOneThatWasFollowed) {
  auto watch = begin(target_of(parent));
  process(child, 20);
  children("5000002 ");
  watch.refresh();
  ASSERT_THAT(watch.living(), Contains(child));
  process(child, 30);
  watch.refresh();
  ASSERT_THAT(watch.living(), Contains(child));
  EXPECT_EQ(watch.processes().at(child).start_ticks, 30U);
}

TEST_F(RecordedWatch, TheOldestStandsForACgroupWhoseMainProcessEnded) {
  tree_.write("/proc/self/mountinfo", "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
  tree_.write("/sys/fs/cgroup/a/cgroup.procs", "5000001\n5000002\n5000003\n");
  process(child, 20);
  process(5000003, 15);
  machine_.cgroups = host::find_cgroup_mounts(machine_.root).value();
  Target target = target_of(parent);
  target.cgroup = "/a";
  auto watch = begin(target);
  EXPECT_THAT(watch.living(), SizeIs(3));
  EXPECT_EQ(watch.main_pid(), parent);
  remove(parent);
  tree_.write("/sys/fs/cgroup/a/cgroup.procs", "5000002\n5000003\n");
  watch.refresh();
  EXPECT_EQ(watch.main_pid(), 5000003);
  tree_.write("/sys/fs/cgroup/a/cgroup.procs", "5000002\n5000003\n5000004\n");
  process(5000004, 40);
  watch.refresh();
  EXPECT_THAT(watch.living(), ElementsAre(child, 5000003, 5000004));
  EXPECT_FALSE(watch.processes().at(5000004).at_start);
}

TEST_F(RecordedWatch, MoreThanItCanFollowIsSaidAndNotCut) {
  std::string pids;
  for (pid_t pid = child; pid < child + static_cast<pid_t>(ProcessWatch::cap) + 10; ++pid) {
    process(pid, 20);
    pids += std::to_string(pid) + " ";
  }
  auto watch = begin(target_of(parent));
  EXPECT_FALSE(watch.overflowed());
  children(pids);
  watch.refresh();
  EXPECT_TRUE(watch.overflowed());
  EXPECT_THAT(watch.living(), SizeIs(ProcessWatch::cap));
}

TEST_F(RecordedWatch, WithoutTheFilesOfChildrenAllProcessesAreLookedThrough) {
  remove(parent);
  process(parent, 10);
  tree_.write("/proc/5000001/task/5000001/stat", "");
  auto watch = begin(target_of(parent));
  tree_.write("/proc/5000002/stat", "5000002 (x) S 5000001 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 30 0 0 0\n");
  watch.refresh();
  EXPECT_THAT(watch.living(), ElementsAre(parent, child));
}

}  // namespace
}  // namespace faultline::target
