// SPDX-License-Identifier: Apache-2.0
// What is said of a target's files is of those that it runs, whatever has their names now, here or in its own root.
#include <dlfcn.h>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gnu/libc-version.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "tests/contract/support/audited.h"
#include "tests/contract/support/run.h"
#include "tests/unit/advisor/support/child.h"
#include "tests/unit/advisor/support/temporary_tree.h"

namespace faultline::test {
namespace {

namespace fs = std::filesystem;
using testing::EndsWith;
using testing::HasSubstr;

const std::string hapless_path = FAULTLINE_BINARY_DIR "/tests/hapless";
const std::string running_version = ::gnu_get_libc_version();
constexpr const char* another_version = "9.99";

std::string bytes_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// libc.so.6, libm.so.6 and the loader as they are here.
fs::path library_folder() {
  Dl_info info{};
  return ::dladdr(reinterpret_cast<void*>(&::gnu_get_libc_version), &info) != 0 ? fs::path(info.dli_fname).parent_path()
                                                                                : fs::path();
}

/// A folder with a libc of its own, that anybody may read.
class LibcOfItsOwn : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "needs root, to read the files that are mapped and to become another user";
    if (running_version.size() != 4) GTEST_SKIP() << "a version of another length: " << running_version;
    fs::permissions(folder_.path(), fs::perms(0755));
    for (const auto* name : {"libc.so.6", "libm.so.6"})
      fs::copy_file(library_folder() / name, folder_.path() + "/" + name);
  }
  [[nodiscard]] std::string variable() const { return "LD_LIBRARY_PATH=" + folder_.path(); }
  /// The same libc, but for the version that it says it has.
  void write_another(const std::string& name) const {
    std::string bytes = bytes_of(folder_.path() + "/libc.so.6");
    const std::string said = "release version " + running_version;
    const auto at = bytes.find(said);
    ASSERT_NE(at, std::string::npos);
    bytes.replace(at + said.size() - running_version.size(), running_version.size(), another_version);
    folder_.write(name, bytes);
  }
  TemporaryTree folder_;
};

TEST_F(LibcOfItsOwn, IsNamedByTheRunningFileOnceItIsReplaced) {
  const Child child({hapless_path, "work"}, {variable()});
  write_another("/new");
  fs::rename(folder_.path() + "/new", folder_.path() + "/libc.so.6");
  const Audited audited = audit({"pid:" + std::to_string(child.pid()), "--window", "2s"});
  EXPECT_EQ(audited.exit_code, 0) << audited.err;
  EXPECT_EQ(audited.flaws, "");
  EXPECT_EQ(audited.said("process/libc"), "glibc " + running_version);
  const auto samples = audited.number("profile.samples.count");
  if (samples.value_or(0) >= 20) {
    EXPECT_GT(audited.number("profile.allocator.share").value_or(0), 0);
  }
}

TEST_F(LibcOfItsOwn, IsNamedByTheRunningFileOnceItIsDeleted) {
  const Child child({hapless_path, "work"}, {variable()});
  // The kernel writes this name for the one that is gone.
  write_another("/libc.so.6 (deleted)");
  fs::remove(folder_.path() + "/libc.so.6");
  const Audited audited = audit({"pid:" + std::to_string(child.pid()), "--window", "500ms"});
  EXPECT_EQ(audited.flaws, "");
  EXPECT_EQ(audited.said("process/libc"), "glibc " + running_version);
}

TEST_F(LibcOfItsOwn, IsOfNoVersionWhereTheRunningFileMayNotBeRead) {
  const Child child([&] {
    if (!become_nobody()) ::_exit(1);
    ::setenv("LD_LIBRARY_PATH", folder_.path().c_str(), 1);
    ::execl(hapless_path.c_str(), hapless_path.c_str(), "work", nullptr);
  });
  write_another("/libc.so.6 (deleted)");
  fs::remove(folder_.path() + "/libc.so.6");
  const Audited audited = audit({"pid:" + std::to_string(child.pid()), "--window", "500ms"}, become_nobody);
  if (audited.exit_code == 126) GTEST_SKIP() << "the build folder can't be read by nobody";
  EXPECT_EQ(audited.flaws, "");
  EXPECT_EQ(audited.said("process/libc"), "glibc");
}

TEST(OtherRoot, AProcessInNamespacesOfItsOwnIsReadThroughItsRoot) {
  const fs::path loader =
      fs::exists("/lib64/ld-linux-x86-64.so.2") ? "/lib64/ld-linux-x86-64.so.2" : "/lib/ld-linux-aarch64.so.1";
  if (::geteuid() != 0 || !fs::exists(loader)) GTEST_SKIP() << "needs root, and glibc's loader";
  const TemporaryTree tree;
  fs::create_directories(tree.real("/odd"));
  fs::create_directories(tree.real(loader.parent_path().string()));
  fs::copy_file(loader, tree.real(loader.string()));
  fs::copy_file(hapless_path, tree.real("/hapless"));
  for (const auto* name : {"libc.so.6", "libm.so.6"}) fs::copy_file(library_folder() / name, tree.real("/odd/") + name);
  const Child outside([&] {
    if (::unshare(CLONE_NEWNS | CLONE_NEWPID) != 0) ::_exit(1);
    if (::fork() != 0) {
      for (;;) ::pause();
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::chroot(tree.path().c_str()) != 0 || ::chdir("/") != 0) ::_exit(1);
    ::setenv("LD_LIBRARY_PATH", "/odd", 1);
    ::execl("/hapless", "/hapless", "work", nullptr);
    ::_exit(1);
  });
  const std::string pid = std::to_string(outside.pid());
  std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
  int inside = 0;
  if (!(children >> inside)) GTEST_SKIP() << "no PID namespace could be made, or a kernel without PROC_CHILDREN";
  const Audited audited = audit({"pid:" + std::to_string(inside), "--window", "2s"});
  EXPECT_EQ(audited.exit_code, 0) << audited.err;
  EXPECT_EQ(audited.flaws, "");
  EXPECT_EQ(audited.said("process/libc"), "glibc " + running_version);
  EXPECT_EQ(audited.said("process/allocator"), "glibc");
  EXPECT_THAT(audited.said("process/exe"), EndsWith("/hapless"));
  EXPECT_EQ(audited.number("process.count"), 1);
  if (audited.number("profile.samples.count").value_or(0) > 0) {
    EXPECT_THAT(audited.stacks, HasSubstr("works_in_the_first_program"));
  }
}

}  // namespace
}  // namespace faultline::test
