// SPDX-License-Identifier: Apache-2.0
// What a service or a machine can get into, through the real program: a whole document each time, in it what could be
// seen, and for the rest why not.
#include <fstream>
#include <gmock/gmock.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/contract/support/audited.h"
#include "tests/contract/support/run.h"
#include "tests/unit/advisor/support/child.h"

namespace faultline::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

const std::string programs = FAULTLINE_BINARY_DIR "/tests/";
const std::string hapless = programs + "hapless";

std::string target_of(const Child& child) { return "pid:" + std::to_string(child.pid()); }

void expect_whole(const Audited& audited) {
  EXPECT_EQ(audited.exit_code, 0) << audited.err;
  EXPECT_EQ(audited.flaws, "");
}

/// What `key` says in /proc/PID/status.
int status_of(pid_t pid, const std::string& key) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; file >> word;) {
    if (word == key) break;
  }
  int value = 0;
  file >> value;
  return value;
}

/// Runs `command` as an ordinary user. Without a capability /proc would belong to root: what is executed anew is the
/// user's own (proc(5)).
void execute_as_nobody(const std::string& program) {
  if (!become_nobody()) ::_exit(1);
  ::execl(program.c_str(), program.c_str(), "work", nullptr);
}

/// For faultline's process: root, without some of its rights.
std::function<bool()> without(std::vector<int> capabilities) {
  return [capabilities = std::move(capabilities)] {
    for (const int capability : capabilities) {
      if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return false;
    }
    return true;
  };
}

class AsRoot : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to give rights away";
  }
};

TEST(BadLuck, AProgramThatIsReplacedByExecIsNamedByWhatItRunsNow) {
  // The command's own exec comes right at the start of the window, that of the second program in the middle.
  const Audited audited = audit({"--window", "4s", "--", hapless, "exec", programs + "hapless_second", "work"});
  expect_whole(audited);
  EXPECT_THAT(audited.said("process/exe"), EndsWith("/hapless_second"));
  EXPECT_EQ(audited.number("process.count"), 1);
  EXPECT_EQ(audited.said("window/ended_early"), "");
  if (!audited.number("profile.samples.count")) GTEST_SKIP() << audited.why_unknown("profile.samples.count");
  // Both are at the same addresses.
  EXPECT_THAT(audited.stacks, HasSubstr("works_in_the_second_program"));
}

TEST(BadLuck, AProcessWhoseMainThreadEndedIsSeenThroughTheOthers) {
  const Child child({hapless, "main-ends"});
  ASSERT_TRUE(eventually([&] {
    std::ifstream file("/proc/" + std::to_string(child.pid()) + "/exe");
    return !file.good();
  }));
  const Audited audited = audit({target_of(child), "--window", "500ms"});
  expect_whole(audited);
  EXPECT_THAT(audited.said("process/exe"), EndsWith("/hapless"));
  EXPECT_THAT(audited.said("process/libc"), StartsWith("glibc 2."));
  EXPECT_EQ(audited.text("allocator.kind"), "glibc");
  EXPECT_GT(audited.number("memory.rss_bytes").value_or(0), 0) << audited.why_unknown("memory.rss_bytes");
  EXPECT_EQ(audited.why_unknown("memory.anon.huge_bytes"), "known");
  EXPECT_EQ(audited.why_unknown("process.secure"), "known");
}

TEST(BadLuck, OfAProcessThatEndsNothingIsSaidToNeedARight) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::usleep(2000000);
    ::_exit(0);
  }
  const Audited audited = audit({"pid:" + std::to_string(pid), "--window", "30s"});
  ::waitpid(pid, nullptr, 0);
  expect_whole(audited);
  EXPECT_THAT(audited.said("window/ended_early"), StartsWith("the target ended after"));
  EXPECT_EQ(audited.why_unknown("faults.minor.per_second"), "known");
  for (const auto* fact : {"memory.anon.huge_bytes", "memory.limit_bytes", "sched.migrations.per_second"}) {
    EXPECT_THAT(audited.why_unknown(fact), testing::AnyOf("known", EndsWith(" | "))) << fact;
  }
}

TEST(BadLuck, AProcessThatIsStoppedHasNoShareOfItsTime) {
  const Child child({hapless, "work"});
  ::kill(child.pid(), SIGSTOP);
  const Audited audited = audit({target_of(child), "--window", "500ms"});
  expect_whole(audited);
  EXPECT_THAT(audited.why_unknown("time.wait.share"), HasSubstr("did not run"));
  EXPECT_NE(audited.why_unknown("faults.time_share"), "known");
  EXPECT_NE(audited.why_unknown("profile.allocator.share"), "known");
}

TEST(BadLuck, ThousandsOfThreadsAreCountedAndWhatIsNotReadOfEachIsSaid) {
  const Child child({hapless, "threads", "5000"});
  const int threads = status_of(child.pid(), "Threads:");
  if (threads < 3000) GTEST_SKIP() << "this machine gives " << threads << " threads";
  const Audited audited = audit({target_of(child), "--window", "500ms"});
  expect_whole(audited);
  EXPECT_EQ(audited.number("process.threads.count"), threads);
  EXPECT_EQ(audited.why_unknown("sched.migrations.per_second"), "more threads than are read one by one | ");
}

TEST(BadLuck, TensOfThousandsOfMappingsAreReadWhole) {
  constexpr double mappings = 64000;
  const Child child({hapless, "mappings", "64000"});
  const Audited audited = audit({target_of(child), "--window", "500ms"});
  expect_whole(audited);
  EXPECT_GT(audited.number("memory.mapped_bytes").value_or(0), mappings * 4096);
  EXPECT_EQ(audited.number("allocator.arenas"), 1) << audited.why_unknown("allocator.arenas");
  EXPECT_THAT(audited.said("process/libc"), StartsWith("glibc 2."));
}

TEST(BadLuck, AnAllocatorThatNoSymbolNamesIsUnknownAndNotIdle) {
  const Child child({programs + "hapless_stripped", "work"});
  const Audited audited = audit({target_of(child), "--window", "2s"});
  expect_whole(audited);
  EXPECT_EQ(audited.said("process/linkage"), "static");
  EXPECT_THAT(audited.why_unknown("allocator.kind"), HasSubstr("no symbol tells"));
  EXPECT_THAT(audited.why_unknown("allocator.arenas"), HasSubstr("not known"));
  EXPECT_THAT(audited.said("facts/profile.allocator.share/reason"),
              testing::AnyOf(HasSubstr("without symbols"), HasSubstr("no sample"), HasSubstr("denied")));
}

TEST_F(AsRoot, AnOrdinaryUserAuditsAProcessOfItsOwn) {
  const Child child([] { execute_as_nobody(hapless); });
  const Audited audited = audit({target_of(child), "--window", "1s"}, become_nobody);
  if (audited.exit_code == 126) GTEST_SKIP() << "the build folder can't be read by nobody";
  expect_whole(audited);
  EXPECT_EQ(audited.why_unknown("faults.minor.per_second"), "known");
  EXPECT_THAT(audited.said("process/libc"), StartsWith("glibc 2."));
  EXPECT_THAT(audited.why_unknown("faults.copied.share"), HasSubstr("CAP_BPF"));
  EXPECT_THAT(audited.why_unknown("mmap_lock.wait.seconds"), HasSubstr("CAP_BPF"));
  const bool sees_kernel = audited.why_unknown("profile.fault_path.share") == "known";
  if (!sees_kernel) {
    EXPECT_THAT(audited.why_unknown("profile.fault_path.share"), HasSubstr("perf_event_paranoid"));
  }
}

TEST_F(AsRoot, WithoutTheRightToTraceWhatItMapsIsUnknown) {
  const Child child([] { execute_as_nobody(hapless); });
  const Audited audited = audit({target_of(child), "--window", "1s"}, without({CAP_SYS_PTRACE}));
  expect_whole(audited);
  // Mappings are for those to read who may sample the machine (kernel/fork.c, may_access_mm, Linux 6.17); files are
  // not.
  for (const auto* fact : {"runtime.kind", "runtime.linkage", "allocator.kind"}) {
    EXPECT_THAT(audited.why_unknown(fact), HasSubstr("CAP_SYS_PTRACE")) << fact;
  }
  if (audited.number("profile.samples.count").value_or(0) >= 20 && audited.number("profile.allocator.share")) {
    EXPECT_GT(*audited.number("profile.allocator.share"), 0) << "half of its time is malloc's";
  }
  EXPECT_GT(audited.number("memory.rss_bytes").value_or(0), 0);
}

TEST_F(AsRoot, WithoutTheRightToSeeTheKernelsAddressesItsWorkIsNamedOrUnknown) {
  const Child child({hapless, "work"});
  const Audited audited = audit({target_of(child), "--window", "1s"}, without({CAP_SYSLOG}));
  expect_whole(audited);
  const std::string why = audited.why_unknown("profile.fault_path.share");
  if (why != "known") {
    EXPECT_THAT(why, testing::AnyOf(HasSubstr("kptr_restrict"), HasSubstr("no sample")));
  }
}

TEST_F(AsRoot, AFewOpenFilesAreEnoughToSayWhatIsMissing) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "a sanitizer opens a pipe to look at an object, and takes it for broken where it may not";
#endif
  const Child child({hapless, "work"});
  const Audited audited = audit({target_of(child), "--window", "500ms"}, [] {
    const rlimit few{16, 16};
    return ::setrlimit(RLIMIT_NOFILE, &few) == 0;
  });
  expect_whole(audited);
  EXPECT_EQ(audited.why_unknown("faults.minor.per_second"), "known");
}

TEST_F(AsRoot, AProcessThatProcHidesIsNotSaidToHaveEnded) {
  const Child child({hapless, "work"});
  const Audited audited = audit({target_of(child), "--window", "500ms"}, [] {
    return ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("proc", "/proc", "proc", 0, "hidepid=2") == 0 && become_nobody();
  });
  if (audited.exit_code >= 125) GTEST_SKIP() << "no /proc could be mounted, or nobody can't read the build folder";
  EXPECT_EQ(audited.exit_code, 1);
  EXPECT_THAT(audited.err, HasSubstr("hidepid"));
}

TEST_F(AsRoot, NumbersOfAnotherPidNamespaceAreNotMixedWithItsOwn) {
  const Child child({hapless, "work"});
  const Audited audited = audit({target_of(child), "--window", "500ms"}, [] {
    if (::unshare(CLONE_NEWPID) != 0) return false;
    const pid_t inside = ::fork();
    if (inside == 0) return true;
    int status = 0;
    ::waitpid(inside, &status, 0);
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
  });
  EXPECT_EQ(audited.exit_code, 1);
  EXPECT_THAT(audited.err, HasSubstr("another PID namespace"));
}

TEST(BadOutput, AMessageThatNobodyTakesDoesNotCostTheDocument) {
  const Child child({hapless, "work"});
  const Outcome outcome =
      run_faultline({"audit", target_of(child), "pid:999999999", "--window", "300ms", "--format", "json"},
                    std::function<bool()>([] { return ::dup2(::open("/dev/full", O_WRONLY), STDERR_FILENO) >= 0; }));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("faultline/audit/v1"));
  EXPECT_THAT(outcome.out, EndsWith("}\n"));
}

TEST(BadOutput, WhatIsSaidGoesIntoNoFileThatTookAClosedDescriptorsNumber) {
  const Child child({hapless, "work"});
  std::string path = "/tmp/faultline_closed_XXXXXX";
  ::close(::mkstemp(path.data()));
  const Outcome outcome =
      run_faultline({"audit", target_of(child), "pid:999999999", "--window", "300ms", "--format", "json", "-o", path},
                    std::function<bool()>([] {
                      for (const int fd : {0, 1, 2}) ::close(fd);
                      return true;
                    }));
  std::ifstream file(path);
  const std::string document{std::istreambuf_iterator<char>(file), {}};
  ::unlink(path.c_str());
  EXPECT_EQ(outcome.exit_code, 1) << "one of two targets is not there";
  EXPECT_THAT(document, StartsWith("{"));
  EXPECT_THAT(document, EndsWith("}\n"));
}

TEST(BadOutput, AFullDeviceIsAnErrorOfEveryVerb) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--help"}, {"--version"}, {"catalogue", "facts"}, {"policy", "test"}}) {
    const Outcome outcome = run_faultline(
        words, std::function<bool()>([] { return ::dup2(::open("/dev/full", O_WRONLY), STDOUT_FILENO) >= 0; }));
    EXPECT_EQ(outcome.exit_code, 1) << words.front();
  }
}

}  // namespace
}  // namespace faultline::test
