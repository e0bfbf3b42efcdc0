// SPDX-License-Identifier: Apache-2.0
// What a user can get wrong, through the real program: each gives a clear error and the promised exit code.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/contract/support/run.h"

namespace faultline::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A child of the test that does one thing and then waits to be ended.
class ForkedChild {
 public:
  template <class Action>
  explicit ForkedChild(Action action) : pid_(::fork()) {
    if (pid_ != 0) return;
    action();
    for (;;) ::pause();
  }
  ~ForkedChild() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ForkedChild(const ForkedChild&) = delete;
  ForkedChild& operator=(const ForkedChild&) = delete;
  [[nodiscard]] std::string target() const { return "pid:" + std::to_string(pid_); }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string path = "/tmp/faultline_policies_XXXXXX";
    path_ = ::mkdtemp(path.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ + "/" + name, std::ios::binary) << text;
    return path_ + "/" + name;
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void expect_usage(const std::vector<std::string>& arguments, const std::string& said) {
  const Outcome outcome = run_faultline(arguments);
  EXPECT_EQ(outcome.exit_code, 64) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr(said));
  EXPECT_EQ(outcome.out, "");
}

TEST(BadTarget, NothingNamed) { expect_usage({"audit"}, "no target"); }

TEST(BadTarget, NoSuchVerb) { expect_usage({"adut", "x.service"}, "did you mean audit?"); }

TEST(BadTarget, NoSuchOption) { expect_usage({"audit", "--windwo", "5s", "1"}, "--windwo"); }

TEST(BadWithout, NoSuchRung) {
  for (const auto* verb : {"audit", "measure"}) {
    expect_usage({verb, "--with", "alocations", "pid:1"}, "did you mean 'allocations'?");
    expect_usage({verb, "--with", "locks", "pid:1"}, "no rung that has to be asked for");
    expect_usage({verb, "--without", "alocations", "pid:1"}, "did you mean 'allocations'?");
    expect_usage({verb, "--without", "allocations", "--without", "counters", "pid:1"}, "no rung that can be left out");
  }
}

TEST(BadWithout, TakesOneRungAndLeavesItsFactsUnknown) {
  const ForkedChild child([] {});
  const Outcome outcome = run_faultline({"measure", "--window", "300ms", "--without", "locks", child.target()});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("left out as asked"));
  EXPECT_THAT(outcome.out, HasSubstr("not asked for (--with allocations)"));
  EXPECT_THAT(outcome.out, HasSubstr("--with allocations"));
}

TEST(BadTarget, UnitNamesThatCanNotBe) {
  for (const auto* name :
       {"a%b.service", "a\"b.service", "a'b.service", "../../etc/passwd", "a/b.service", "a b.service", "a..b.service",
        "\x1b[31m.service", "a\nb.service", "", ".service", "foo.socket"}) {
    expect_usage({"audit", name}, "faultline: not a");
  }
}

TEST(BadTarget, ControlCharactersDoNotReachTheTerminal) {
  const Outcome outcome = run_faultline({"audit", "\x1b[31mred\x07.service"});
  EXPECT_THAT(outcome.err, Not(HasSubstr("\x1b")));
  EXPECT_THAT(outcome.err, Not(HasSubstr("\x07")));
  EXPECT_THAT(outcome.err, HasSubstr("\\x1b[31mred"));
}

TEST(BadTarget, PidsThatCanNotBe) {
  for (const auto* pid : {"pid:", "pid:abc", "pid:-1", "pid:0", "0", "pid:99999999999999999999", "pid:1x"}) {
    expect_usage({"audit", pid}, "not a process id");
  }
}

TEST(BadTarget, CgroupPathsThatCanNotBe) {
  for (const auto* path : {"cgroup:", "cgroup:a", "cgroup:/a/../b", "cgroup:/"})
    expect_usage({"audit", path}, "cgroup");
}

TEST(BadTarget, DeadPid) {
  pid_t pid = 0;
  {
    pid = ForkedChild([] {}).pid();
  }
  const Outcome outcome = run_faultline({"audit", "pid:" + std::to_string(pid), "--window", "1s"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("no such process"));
}

TEST(BadTarget, Zombie) {
  const pid_t zombie = ::fork();
  if (zombie == 0) ::_exit(0);
  siginfo_t info;
  ::waitid(P_PID, static_cast<id_t>(zombie), &info, WEXITED | WNOWAIT);
  const Outcome outcome = run_faultline({"audit", "pid:" + std::to_string(zombie), "--window", "1s"});
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_THAT(outcome.err, HasSubstr("zombie"));
  EXPECT_THAT(outcome.err, HasSubstr(std::to_string(::getpid())));
  ::waitpid(zombie, nullptr, 0);
}

TEST(BadTarget, KernelThread) {
  pid_t kernel_thread = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream file(entry.path() / "stat");
    std::string word;
    std::string comm;
    if (!(file >> word >> comm)) continue;
    // Those that stay: a worker of the kernel may be gone before it is audited.
    if (comm.starts_with("(kthreadd") || comm.starts_with("(ksoftirqd")) kernel_thread = std::stoi(word);
  }
  if (kernel_thread == 0) GTEST_SKIP() << "no kernel thread is visible in this PID namespace";
  const Outcome outcome = run_faultline({"audit", std::to_string(kernel_thread), "--window", "1s"});
  EXPECT_EQ(outcome.exit_code, 5);
  EXPECT_THAT(outcome.err, HasSubstr("kernel thread"));
}

TEST(BadTarget, UnitWhereThereIsNoSystemd) {
  ::setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
  const Outcome outcome = run_faultline({"audit", "rewards.service"});
  ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("pid:N"));
}

TEST(BadTarget, CommandThatDoesNotExist) {
  expect_usage({"audit", "--window", "1s", "--", "/no/such/program"}, "/no/such/program");
}

TEST(BadTarget, OneOfSeveralDoesNotStopTheOthers) {
  const ForkedChild child([] {});
  const Outcome outcome = run_faultline({"audit", child.target(), "pid:999999999", "--window", "500ms"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("pid:999999999"));
  EXPECT_THAT(outcome.out, HasSubstr(child.target()));
}

TEST(BadWindow, ZeroNegativeTenYearsAndNonsense) {
  for (const auto* window : {"0", "0s", "-5s", "87600h", "315360000", "1e3s", "soon", ""}) {
    expect_usage({"audit", "pid:1", "--window=" + std::string(window)}, "--window");
  }
}

TEST(HostileTarget, CommWithNewlineAndEscapeBytes) {
  const ForkedChild child([] { ::prctl(PR_SET_NAME, "a\nb\x1b[2J) R 1"); });
  const Outcome outcome = run_faultline({"audit", child.target(), "--window", "500ms"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, Not(HasSubstr("\x1b")));
  EXPECT_THAT(outcome.out, HasSubstr("a\\x0ab\\x1b[2J"));
}

TEST(HostileTarget, ThatEndsInTheWindowGivesALabelledResult) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::usleep(700000);
    ::_exit(0);
  }
  // Somebody has to reap it, or it stays a zombie: the kernel does.
  const Outcome outcome = run_faultline({"audit", "pid:" + std::to_string(pid), "--window", "30s"});
  ::waitpid(pid, nullptr, 0);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("the target ended after"));
}

TEST(HostileTarget, ThatForksAThousandChildren) {
  const ForkedChild child([] {
    for (int i = 0; i < 1000; ++i) {
      const pid_t one = ::fork();
      if (one == 0) {
        ::usleep(300000);
        ::_exit(0);
      }
      if (one > 0 && i % 100 == 99) ::usleep(100000);
    }
    while (::waitpid(-1, nullptr, 0) > 0) continue;
  });
  const Outcome outcome = run_faultline({"audit", child.target(), "--window", "2s", "--format", "json"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("faultline/audit/v1"));
}

TEST(NoPermission, SaysTheUnlockAndMeasuresWhatItCan) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to drop its privileges";
  const ForkedChild child([] {
    const volatile bool forever = true;
    while (forever) continue;
  });
  const Outcome outcome = run_faultline({"audit", child.target(), "--window", "1s"}, true);
  if (outcome.exit_code == 126) GTEST_SKIP() << "the build folder can't be read by nobody";
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("CAP_"));
  EXPECT_THAT(outcome.out, HasSubstr("1 counters"));
}

TEST(BadSnapshot, EachKindIsNamed) {
  const TemporaryFolder folder;
  std::string deep(1000000, '[');
  const std::vector<std::pair<std::string, std::string>> snapshots{
      {"truncated.json", R"({"schema": "faultline/snapshot/v1", "host": {)"},
      {"empty.json", ""},
      {"other.json", R"({"schema": "faultline/snapshot/v9"})"},
      {"not_one.json", R"({"schema": "faultline/audit/v1"})"},
      {"array.json", "[]"},
      {"deep.json", deep},
      {"types.json", R"({"schema": "faultline/snapshot/v1", "host": 7, "facts": []})"},
  };
  for (const auto& [name, text] : snapshots) {
    const Outcome outcome = run_faultline({"diagnose", folder.write(name, text)});
    EXPECT_EQ(outcome.exit_code, 1) << name << ": " << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(name));
  }
}

TEST(BadSnapshot, OfAHundredMegabytesIsRefusedUnread) {
  const TemporaryFolder folder;
  const std::string path = folder.write("huge.json", "{");
  std::filesystem::resize_file(path, 100U << 20U);
  const Outcome outcome = run_faultline({"diagnose", path});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("huge.json"));
}

TEST(BadSnapshot, ThatIsNotThere) {
  const Outcome outcome = run_faultline({"diagnose", "/nonexistent.json"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("/nonexistent.json"));
}

TEST(BadPolicy, EachKindIsNamedWithItsPlace) {
  const std::vector<std::pair<std::string, std::string>> policies{
      {"cyclic", "&a [*a]"},
      {"alias", "id: alias\ncause: &c refault\ntitle: *c\n"},
      {"unknown-fact", "id: unknown-fact\ncause: refault\ntitle: x\ncost: faults.refault.time_shar\n"},
      {"wrong-type", "id: wrong-type\ncause: refault\ntitle: [1]\n"},
      {"unknown-cause", "id: unknown-cause\ncause: refualt\ntitle: x\n"},
      {"duplicate-key", "id: duplicate-key\nid: duplicate-key\n"},
      {"refault-trim", "id: refault-trim\n"},
      {"not-yaml", "\t{]:\n"},
      {"other-name", "id: another\n"},
  };
  for (const auto& [name, text] : policies) {
    const TemporaryFolder folder;
    const std::string file = folder.write(name + ".yaml", text);
    const Outcome outcome = run_faultline({"policy", "lint", folder.path()});
    EXPECT_EQ(outcome.exit_code, 1) << name;
    EXPECT_THAT(outcome.err, HasSubstr(name + ".yaml:")) << name;
    const Outcome audit = run_faultline({"audit", "pid:1", "--window", "1s", "--policies", folder.path()});
    EXPECT_EQ(audit.exit_code, 1) << name << audit.err;
  }
}

TEST(BadPolicy, AnIdThatIsTakenIsNotShadowed) {
  const TemporaryFolder folder;
  std::ifstream own(FAULTLINE_SOURCE_DIR "/policies/refault-trim.yaml");
  folder.write("refault-trim.yaml", {std::istreambuf_iterator<char>(own), std::istreambuf_iterator<char>()});
  const Outcome outcome = run_faultline({"audit", "pid:1", "--window", "1s", "--policies", folder.path()});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("refault-trim"));
}

TEST(BadOutput, FolderThatIsNotThere) {
  const ForkedChild child([] {});
  const Outcome outcome =
      run_faultline({"audit", child.target(), "--window", "300ms", "-o", "/nonexistent/folder/report.txt"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("/nonexistent/folder/report.txt"));
}

TEST(BadOutput, FullDisk) {
  if (!std::filesystem::is_character_file("/dev/full")) GTEST_SKIP() << "/dev/full is no device here";
  const ForkedChild child([] {});
  const Outcome outcome = run_faultline({"measure", child.target(), "--window", "300ms", "-o", "/dev/full"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("/dev/full"));
  EXPECT_THAT(outcome.err, HasSubstr("No space left"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

TEST(BadOutput, ALinkIsFollowedAndKept) {
  const TemporaryFolder folder;
  const std::string file = folder.write("real.json", "old");
  const std::string link = folder.path() + "/link.json";
  std::filesystem::create_symlink(file, link);
  const ForkedChild child([] {});
  const Outcome outcome = run_faultline({"measure", child.target(), "--window", "300ms", "-o", link});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_GT(std::filesystem::file_size(file), 100U);
}

}  // namespace
}  // namespace faultline::test
