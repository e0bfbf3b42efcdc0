// SPDX-License-Identifier: Apache-2.0
// What a target can plant where we open a file: tried with real files.
#include "advisor/host/safe_open.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "tests/unit/advisor/support/temporary_tree.h"

namespace faultline::host {
namespace {

namespace fs = std::filesystem;
using test::TemporaryTree;

constexpr std::uint64_t cap_bytes = 1000;

class SafeOpen : public ::testing::Test {
 protected:
  SafeOpen() {
    outside_.write("/secret", "secret of the host");
    inside_.write("/etc/file", "of the target");
    root_ = Fd(::open(inside_.path().c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  }
  std::string read(const std::string& path) {
    const auto file = safe_open(root_, path, cap_bytes);
    return file ? read_at(*file, 0, 100).value_or("unreadable") : "refused";
  }
  ErrorKind kind(const std::string& path) { return safe_open(root_, path, cap_bytes).error().kind; }

  TemporaryTree inside_, outside_;
  Fd root_;
};

TEST_F(SafeOpen, ReadsAFileOfTheTarget) {
  EXPECT_EQ(read("/etc/file"), "of the target");
  EXPECT_EQ(read("etc/file"), "of the target");
  fs::create_symlink("file", inside_.real("/etc/link"));
  EXPECT_EQ(read("/etc/link"), "of the target");
}

TEST_F(SafeOpen, ASymbolicLinkDoesNotLeadOut) {
  fs::create_symlink(outside_.real("/secret"), inside_.real("/absolute"));
  fs::create_symlink("../../../../../../../.." + outside_.real("/secret"), inside_.real("/relative"));
  fs::create_symlink(outside_.path(), inside_.real("/folder"));
  EXPECT_EQ(read("/absolute"), "refused");
  EXPECT_EQ(read("/relative"), "refused");
  EXPECT_EQ(read("/folder/secret"), "refused");
  EXPECT_EQ(read("/../../../../../../../.." + outside_.real("/secret")), "refused");
  // The absolute link means the target's own file of that name.
  inside_.write(outside_.real("/secret"), "of the target too");
  EXPECT_EQ(read("/absolute"), "of the target too");
}

TEST_F(SafeOpen, AMagicLinkIsRefused) {
  // As in a container that has a /proc of its own: /proc/self/root and fd links jump out of any root.
  const Fd host(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  EXPECT_EQ(safe_open(host, "/proc/self/root" + outside_.real("/secret"), cap_bytes).error().kind, ErrorKind::refused);
  EXPECT_EQ(safe_open(host, "/proc/self/exe", 1U << 30U).error().kind, ErrorKind::refused);
}

TEST_F(SafeOpen, ALoopOfLinksEnds) {
  fs::create_symlink("b", inside_.real("/a"));
  fs::create_symlink("a", inside_.real("/b"));
  EXPECT_EQ(kind("/a"), ErrorKind::refused);
}

TEST_F(SafeOpen, AFifoDoesNotBlock) {
  ASSERT_EQ(::mkfifo(inside_.real("/fifo").c_str(), 0666), 0);
  EXPECT_EQ(kind("/fifo"), ErrorKind::refused);
}

TEST_F(SafeOpen, ADeviceIsRefused) {
  if (::mknod(inside_.real("/zero").c_str(), S_IFCHR | 0666, makedev(1, 5)) != 0) {
    GTEST_SKIP() << "needs CAP_MKNOD to plant a device";
  }
  EXPECT_NE(kind("/zero"), ErrorKind::bug);
  EXPECT_EQ(read("/zero"), "refused");
}

TEST_F(SafeOpen, AFolderIsRefused) { EXPECT_EQ(kind("/etc"), ErrorKind::refused); }

TEST_F(SafeOpen, AFileThatIsTooLargeIsRefused) {
  inside_.write("/exact", std::string(cap_bytes, 'x'));
  inside_.write("/large", std::string(cap_bytes + 1, 'x'));
  const std::string sparse = inside_.write("/sparse", "");
  fs::resize_file(sparse, 1ULL << 40U);
  EXPECT_EQ(read("/exact"), std::string(100, 'x'));
  EXPECT_EQ(kind("/large"), ErrorKind::refused);
  EXPECT_EQ(kind("/sparse"), ErrorKind::refused);
}

TEST_F(SafeOpen, WhatIsNotThereIsNotFound) {
  EXPECT_EQ(kind("/none"), ErrorKind::not_found);
  EXPECT_EQ(kind("/etc/file/below"), ErrorKind::not_found);
  EXPECT_EQ(kind(""), ErrorKind::not_found);
}

TEST_F(SafeOpen, APathMayHoldAnything) {
  inside_.write("/a\n\033[31m %s", "odd");
  EXPECT_EQ(read("/a\n\033[31m %s"), "odd");
}

TEST_F(SafeOpen, ReadAtStopsAtTheEnd) {
  const auto file = safe_open(root_, "/etc/file", cap_bytes);
  ASSERT_TRUE(file);
  EXPECT_EQ(read_at(*file, 3, 3).value(), "the");
  EXPECT_EQ(read_at(*file, 7, 100).value(), "target");
  EXPECT_EQ(read_at(*file, 1000, 10).value(), "");
}

}  // namespace
}  // namespace faultline::host
