// SPDX-License-Identifier: Apache-2.0
// What processes that really run are taken for, and a few recorded ones that can't run here.
#include "advisor/target/runtime.h"

#include <filesystem>
#include <gmock/gmock.h>
#include <gnu/libc-version.h>
#include <unistd.h>

#include "tests/unit/advisor/support/child.h"
#include "tests/unit/advisor/support/temporary_tree.h"

namespace faultline::target {
namespace {

using test::Child;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr const char* probe = FAULTLINE_BINARY_DIR "/tests/probe";

Process described(pid_t pid) {
  Binaries binaries;
  return describe_process(host::inspect_machine().value(), pid, binaries);
}

/// Where Debian's package puts a library, or nothing.
std::string installed(const std::string& library) {
  for (const char* folder : {"/usr/lib/x86_64-linux-gnu/", "/usr/lib/aarch64-linux-gnu/"}) {
    if (std::filesystem::exists(folder + library)) return folder + library;
  }
  return {};
}

TEST(Describe, ADynamicProgramOfGlibc) {
  const Child child({probe, "2"}, {"MALLOC_ARENA_MAX=8", "PASSWORD=secret"});
  const Process process = described(child.pid());
  EXPECT_EQ(process.pid, child.pid());
  EXPECT_GT(process.start_ticks, 0U);
  EXPECT_EQ(process.exe, probe);
  EXPECT_EQ(process.comm, "probe");
  EXPECT_EQ(process.threads, 3U);
  EXPECT_EQ(process.linkage, "dynamic");
  EXPECT_EQ(process.runtime, "native");
  EXPECT_EQ(process.libc, std::string("glibc ") + ::gnu_get_libc_version());
  EXPECT_EQ(process.allocator, "glibc");
  EXPECT_EQ(process.arenas, 3U);
  EXPECT_EQ(process.secure, false);
  EXPECT_THAT(process.environment, UnorderedElementsAre(Pair("MALLOC_ARENA_MAX", "8")));
}

TEST(Describe, AStaticProgramHasNoAllocatorThatSettingsReach) {
  const Child child({FAULTLINE_BINARY_DIR "/tests/probe_static"});
  const Process process = described(child.pid());
  EXPECT_EQ(process.linkage, "static");
  EXPECT_EQ(process.libc, "static");
  EXPECT_EQ(process.runtime, "native");
  EXPECT_EQ(process.allocator, "unknown");
  EXPECT_EQ(process.arenas, std::nullopt);
}

TEST(Describe, AnotherAllocatorThatIsPreloaded) {
  const std::vector<std::pair<std::string, std::string>> libraries{
      {"libjemalloc.so.2", "jemalloc"}, {"libtcmalloc_minimal.so.4", "tcmalloc"}, {"libmimalloc.so.2", "mimalloc"}};
  bool any = false;
  for (const auto& [library, name] : libraries) {
    const std::string path = installed(library);
    if (path.empty()) continue;
    any = true;
    const Child child({probe, "2"}, {"LD_PRELOAD=" + path});
    const Process process = described(child.pid());
    EXPECT_EQ(process.allocator, name);
    EXPECT_EQ(process.arenas, std::nullopt);
    EXPECT_EQ(process.environment.at("LD_PRELOAD"), path);
  }
  if (!any) GTEST_SKIP() << "none of libjemalloc2, libtcmalloc-minimal4, libmimalloc2.0 is installed";
}

TEST(Describe, AnInterpreter) {
  if (!std::filesystem::exists("/usr/bin/python3")) GTEST_SKIP() << "python3 is not installed";
  const Child child({"/usr/bin/python3", "-c", "print('ready', flush=True); input()"});
  EXPECT_EQ(described(child.pid()).runtime, "python");
}

TEST(Describe, AProgramWhoseFileIsGone) {
  const test::TemporaryTree tree;
  const std::string copy = tree.real("/program");
  std::filesystem::copy_file(probe, copy);
  const Child child({copy});
  std::filesystem::remove(copy);
  const Process process = described(child.pid());
  EXPECT_EQ(process.linkage, "dynamic") << "the file that runs is read, not what its path leads to";
  EXPECT_EQ(process.allocator, "glibc");
}

TEST(Describe, AProcessThatEndedIsUnknownThroughout) {
  pid_t pid = 0;
  {
    const Child child({probe});
    pid = child.pid();
  }
  const Process process = described(pid);
  EXPECT_EQ(process.exe, "");
  EXPECT_EQ(process.linkage, "unknown");
  EXPECT_EQ(process.runtime, "unknown");
  EXPECT_EQ(process.libc, "unknown");
  EXPECT_EQ(process.allocator, "unknown");
  EXPECT_EQ(process.secure, std::nullopt);
  EXPECT_EQ(process.arenas, std::nullopt);
  EXPECT_THAT(process.environment, IsEmpty());
}

/// A process of a recorded machine, by its maps and the link to its executable, which is this machine's probe.
class RecordedProcess : public ::testing::Test {
 protected:
  Process with_maps(const std::string& maps, const std::string& exe = probe) {
    tree_.write("/proc/41/stat", "41 (x) S 1 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 77 0 0 0\n");
    tree_.write("/proc/41/maps", maps);
    std::filesystem::remove(tree_.real("/proc/41/exe"));
    std::filesystem::create_symlink(exe, tree_.real("/proc/41/exe"));
    return describe_process(host::Machine{tree_.root(), {}, {}, {}}, 41, binaries_);
  }
  static std::string mapped(const std::string& path) { return "1000-2000 r-xp 00000000 fd:01 7 " + path + "\n"; }
  test::TemporaryTree tree_;
  Binaries binaries_;
};

TEST_F(RecordedProcess, ByItsLibraries) {
  EXPECT_EQ(with_maps(mapped("/opt/jdk/lib/server/libjvm.so")).runtime, "jvm");
  EXPECT_EQ(with_maps(mapped("/usr/share/dotnet/libcoreclr.so")).runtime, "dotnet");
  EXPECT_EQ(with_maps(mapped("/usr/lib/libruby-3.1.so.3.1.2")).runtime, "ruby");
  EXPECT_EQ(with_maps(mapped("/usr/lib/libjemalloc.so.2 (deleted)")).allocator, "jemalloc");
  EXPECT_EQ(with_maps(mapped("/lib/ld-musl-x86_64.so.1")).libc, "musl");
  EXPECT_EQ(with_maps(mapped("/lib/ld-musl-x86_64.so.1")).allocator, "musl");
}

TEST_F(RecordedProcess, AnExecutableThatReplacesAnotherIsReadForItself) {
  const std::string exe = tree_.real("/service");
  std::filesystem::copy_file(probe, exe);
  EXPECT_EQ(with_maps("", exe).linkage, "dynamic");
  std::filesystem::remove(exe);
  std::filesystem::copy_file(FAULTLINE_BINARY_DIR "/tests/probe_static", exe);
  EXPECT_EQ(with_maps("", exe).linkage, "static");
}

TEST_F(RecordedProcess, AnAnonymousMappingHasNoLibrary) {
  EXPECT_EQ(with_maps("1000-2000 rw-p 00000000 00:00 0 [anon:libjvm.so]\n").runtime, "native");
}

TEST_F(RecordedProcess, AFolderOfThatNameIsNoLibrary) {
  EXPECT_EQ(with_maps(mapped("/opt/libjemalloc/plugin.so")).allocator, "unknown");
}

TEST_F(RecordedProcess, ANameThatTriesTheTerminalIsMadeVisible) {
  tree_.write("/proc/41/cgroup", "0::/a\033[2J\n");
  EXPECT_EQ(with_maps("").cgroup, "/a\\x1b[2J");
}

}  // namespace
}  // namespace faultline::target
