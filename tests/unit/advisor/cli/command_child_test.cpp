// SPDX-License-Identifier: Apache-2.0
#include "advisor/cli/support/command_child.h"

#include <cerrno>
#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/advisor/support/child.h"

namespace faultline::cli {
namespace {

bool exists(pid_t pid) { return ::kill(pid, 0) == 0 || errno != ESRCH; }

std::string executable_of(pid_t pid) {
  char target[4096];
  const ssize_t length = ::readlink(("/proc/" + std::to_string(pid) + "/exe").c_str(), target, sizeof target);
  return length > 0 ? std::string(target, static_cast<std::size_t>(length)) : std::string();
}

TEST(CommandChild, WaitsForTheWindowBeforeItsExec) {
  auto child = CommandChild::start({"/bin/sleep", "60"});
  ASSERT_TRUE(child);
  EXPECT_EQ(executable_of(child->pid()), executable_of(::getpid()));
  ASSERT_TRUE(child->release());
  EXPECT_NE(executable_of(child->pid()), executable_of(::getpid()));
}

TEST(CommandChild, EndsWithItsOwner) {
  pid_t pid = 0;
  {
    auto child = CommandChild::start({"/bin/sleep", "60"});
    ASSERT_TRUE(child);
    ASSERT_TRUE(child->release());
    pid = child->pid();
    EXPECT_TRUE(exists(pid));
  }
  EXPECT_FALSE(exists(pid));
}

TEST(CommandChild, EndsWhatTheCommandForkedToo) {
  const std::string file = testing::TempDir() + "/faultline_grandchild";
  {
    auto child = CommandChild::start({"/bin/sh", "-c", "sleep 60 & echo $! >" + file + "; wait"});
    ASSERT_TRUE(child);
    ASSERT_TRUE(child->release());
    pid_t grandchild = 0;
    while (!(std::ifstream(file) >> grandchild) || grandchild == 0) ::usleep(10000);
  }
  pid_t grandchild = 0;
  std::ifstream(file) >> grandchild;
  // The signal is sent by now, and acted upon when the process is next given a CPU. It is reaped by whoever adopts it;
  // until then it may be a zombie, but it runs no more.
  EXPECT_TRUE(test::eventually([&] {
    std::ifstream stat("/proc/" + std::to_string(grandchild) + "/stat");
    std::string word;
    std::string state;
    return !(stat >> word >> word >> state) || state == "Z";
  }));
  ::unlink(file.c_str());
}

TEST(CommandChild, EndsWhatItForkedAlsoWhenThatIgnoresTheSignal) {
  const std::string file = testing::TempDir() + "/faultline_stubborn_grandchild";
  pid_t grandchild = 0;
  {
    auto child = CommandChild::start(
        {"/bin/sh", "-c", "sh -c 'trap \"\" TERM; echo $$ >" + file + "; while :; do sleep 1; done' & wait"});
    ASSERT_TRUE(child);
    ASSERT_TRUE(child->release());
    while (!(std::ifstream(file) >> grandchild) || grandchild == 0) ::usleep(10000);
  }
  EXPECT_TRUE(test::eventually([&] {
    std::ifstream stat("/proc/" + std::to_string(grandchild) + "/stat");
    std::string word;
    std::string state;
    return !(stat >> word >> word >> state) || state == "Z";
  }));
  ::unlink(file.c_str());
}

TEST(CommandChild, ThatCanNotBeRunIsNamed) {
  auto child = CommandChild::start({"/no/such/program"});
  ASSERT_TRUE(child);
  const auto released = child->release();
  ASSERT_FALSE(released);
  EXPECT_EQ(released.error().where, "/no/such/program");
  EXPECT_EQ(released.error().kind, ErrorKind::usage);
}

TEST(CommandChild, ThatIsNeverReleasedNeverStarts) {
  const std::string file = testing::TempDir() + "/faultline_never";
  { ASSERT_TRUE(CommandChild::start({"/bin/touch", file})); }
  EXPECT_NE(::access(file.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace faultline::cli
