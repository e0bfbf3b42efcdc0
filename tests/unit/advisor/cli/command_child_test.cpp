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

/// The number that a command's child writes into a file once it runs; 0 when it never did.
pid_t pid_in(const std::string& file) {
  pid_t pid = 0;
  test::eventually([&] { return (std::ifstream(file) >> pid) && pid != 0; });
  return pid;
}

/// It is reaped by whoever adopts it: until then it may be a zombie, but it runs no more.
bool runs_no_more(pid_t pid) {
  return test::eventually([&] {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string word;
    std::string state;
    return !(stat >> word >> word >> state) || state == "Z";
  });
}

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
  const std::string say_pid = "echo $$ >" + file + "; ";
  // The second ignores the signal that asks it to end, before it says who it is.
  for (const std::string& work :
       {say_pid + "exec sleep 60", "trap \"\" TERM; " + say_pid + "while :; do sleep 1; done"}) {
    pid_t grandchild = 0;
    {
      auto child = CommandChild::start({"/bin/sh", "-c", "sh -c '" + work + "' & wait"});
      ASSERT_TRUE(child);
      ASSERT_TRUE(child->release());
      grandchild = pid_in(file);
      ASSERT_NE(grandchild, 0) << work;
    }
    EXPECT_TRUE(runs_no_more(grandchild)) << work;
    ::unlink(file.c_str());
  }
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
