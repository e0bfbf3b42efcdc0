// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/numa_maps.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include "advisor/host/proc.h"

namespace faultline::host {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

constexpr std::uint64_t kib = 1024;

TEST(ParseNumaMaps, AddsPagesInTheSizeOfTheirMapping) {
  const auto maps = parse_numa_maps(
      "558a537cb000 default file=/usr/bin/head mapped=2 N0=2 kernelpagesize_kB=4\n"
      "558a60000000 default heap anon=30 dirty=30 active=0 N0=10 N1=20 kernelpagesize_kB=4\n"
      "7f0000000000 bind:1 anon=2 dirty=2 N1=2 kernelpagesize_kB=2048\n"
      "7f1000000000 default\n"
      "7ffc5d1ca000 default stack anon=3 dirty=3 N0=3 kernelpagesize_kB=4\n");
  ASSERT_TRUE(maps) << maps.error().why;
  EXPECT_THAT(maps->bytes, ElementsAre(Pair(0, 15 * 4 * kib), Pair(1, 20 * 4 * kib + 2 * 2048 * kib)));
  EXPECT_THAT(maps->bytes_by_policy, ElementsAre(Pair("bind:1", 2 * 2048 * kib), Pair("default", 33 * 4 * kib)));
}

TEST(ParseNumaMaps, AProcessWithoutMemoryHasNone) {
  EXPECT_TRUE(parse_numa_maps("")->bytes.empty());
  EXPECT_TRUE(parse_numa_maps("7f1000000000 default\n")->bytes.empty());
}

TEST(ParseNumaMaps, AFileCannotPoseAsMemory) {
  // The kernel writes a blank in a path as \040 and "=" as \075.
  const auto maps = parse_numa_maps(
      "7f1000000000 default file=/tmp/N0\\0759999\\040N1\\0759 mapped=1 N0=1 kernelpagesize_kB=4\n"
      "7f2000000000 prefer=static:0 file=/N1=7 NUMA=8 N=9 N1x=10 mapped=1 N0=1 kernelpagesize_kB=4\n");
  ASSERT_TRUE(maps);
  EXPECT_THAT(maps->bytes, ElementsAre(Pair(0, 2 * 4 * kib)));
}

TEST(ParseNumaMaps, WhatIsCutOrTooLargeIsAnError) {
  for (const auto* text :
       {"7f10", "zz default N0=1\n", "7f1000000000 default N0=18446744073709551615 kernelpagesize_kB=4\n",
        "7f1000000000 default N0=1 kernelpagesize_kB=0\n",
        "7f1000000000 default N0=1 kernelpagesize_kB=18446744073709551615\n", "\n\n"}) {
    EXPECT_FALSE(parse_numa_maps(text)) << text;
  }
}

TEST(ReadNumaMaps, IsWhatThisProcessHas) {
  const auto root = Root::open();
  const auto before = read_status(*root, ::getpid());
  const auto maps = read_numa_maps(*root, ::getpid());
  if (!maps && maps.error().kind == ErrorKind::unsupported) GTEST_SKIP() << maps.error().why;
  ASSERT_TRUE(maps) << maps.error().why;
  std::uint64_t bytes = 0;
  for (const auto& [node, on_node] : maps->bytes) bytes += on_node;
  // Reading takes memory itself. The vdso and the zero page are in one and not in the other.
  const auto after = read_status(*root, ::getpid());
  EXPECT_GE(bytes + 1024 * kib, *before->rss_bytes);
  EXPECT_LE(bytes, *after->rss_bytes + 1024 * kib);
  EXPECT_FALSE(maps->bytes_by_policy.empty());
}

TEST(ReadNumaMaps, OfAnotherUserNeedAPermissionThatIsNamed) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
  const pid_t child = ::fork();
  if (child == 0) {
    constexpr uid_t nobody = 65534;
    if (::setresuid(nobody, nobody, nobody) != 0) ::_exit(2);
    const auto maps = read_numa_maps(*Root::open(), ::getppid());
    const bool named =
        !maps &&
        (maps.error().kind == ErrorKind::unsupported ||
         (maps.error().kind == ErrorKind::permission && maps.error().hint.find("CAP_SYS_PTRACE") != std::string::npos));
    ::_exit(named ? 0 : 1);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(ReadNumaMaps, AProcessThatIsNotThereIsGone) {
  const auto maps = read_numa_maps(*Root::open(), 1 << 30);
  ASSERT_FALSE(maps);
  EXPECT_EQ(maps.error().kind, ErrorKind::gone);
}

}  // namespace
}  // namespace faultline::host
