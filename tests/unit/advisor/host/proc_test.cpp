// SPDX-License-Identifier: Apache-2.0
// The readers over files: a recorded tree, and the process that runs the test.
#include "advisor/host/proc.h"

#include <elf.h>
#include <gmock/gmock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/unit/advisor/support/temporary_tree.h"

namespace faultline::host {
namespace {

using test::TemporaryTree;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

bool is_malloc(std::string_view name) { return name.starts_with("MALLOC_"); }

TEST(Proc, AProcessThatIsNotThereIsGone) {
  const TemporaryTree tree;
  const Root root = tree.root();
  EXPECT_EQ(read_stat(root, 41).error().kind, ErrorKind::gone);
  EXPECT_EQ(read_status(root, 41).error().kind, ErrorKind::gone);
  EXPECT_EQ(read_maps(root, 41).error().kind, ErrorKind::gone);
  EXPECT_EQ(list_threads(root, 41).error().kind, ErrorKind::gone);
  EXPECT_EQ(read_schedstat(root, 41, 41).error().kind, ErrorKind::gone);
  EXPECT_EQ(read_cgroups(root, 41).error().kind, ErrorKind::gone);
  EXPECT_EQ(read_environment(root, 41, is_malloc).error().kind, ErrorKind::gone);
  EXPECT_THAT(read_stat(root, 41).error().why, HasSubstr("41"));
}

TEST(Proc, ListsProcessesByNumber) {
  const TemporaryTree tree;
  for (const char* name : {"/proc/9/stat", "/proc/10/stat", "/proc/self/stat", "/proc/meminfo", "/proc/11x/stat"}) {
    tree.write(name, "");
  }
  EXPECT_THAT(list_processes(tree.root()).value(), ElementsAre(9, 10));
}

TEST(Proc, ReadsSchedstat) {
  const TemporaryTree tree;
  tree.write("/proc/41/task/42/schedstat", "1000 200 3\n");
  tree.write("/proc/41/task/43/schedstat", "\n");
  const auto times = read_schedstat(tree.root(), 41, 42);
  ASSERT_TRUE(times);
  EXPECT_EQ(times->run_ns, 1000U);
  EXPECT_EQ(times->wait_ns, 200U);
  EXPECT_EQ(times->timeslices, 3U);
  EXPECT_EQ(read_schedstat(tree.root(), 41, 43).error().kind, ErrorKind::unsupported);
}

TEST(Proc, ReadsHugePagesInBytes) {
  const TemporaryTree tree;
  tree.write("/proc/41/smaps_rollup", "1000-2000 ---p 00000000 00:00 0 [rollup]\nRss: 9 kB\nAnonHugePages:  2048 kB\n");
  tree.write("/proc/42/smaps_rollup", "Rss: 9 kB\n");
  EXPECT_EQ(read_anon_huge_bytes(tree.root(), 41).value(), 2048U * 1024);
  EXPECT_EQ(read_anon_huge_bytes(tree.root(), 42).error().kind, ErrorKind::unsupported);
}

TEST(Proc, ReadsAtSecure) {
  const auto auxv = [](std::uint64_t secure) {
    const std::array<std::uint64_t, 6> words{AT_PAGESZ, 4096, AT_SECURE, secure, AT_NULL, 0};
    return std::string(reinterpret_cast<const char*>(words.data()), sizeof words);
  };
  const TemporaryTree tree;
  tree.write("/proc/1/auxv", auxv(0));
  tree.write("/proc/2/auxv", auxv(1));
  tree.write("/proc/3/auxv", auxv(1).substr(0, 25));
  tree.write("/proc/4/auxv", "");
  EXPECT_EQ(read_at_secure(tree.root(), 1).value(), false);
  EXPECT_EQ(read_at_secure(tree.root(), 2).value(), true);
  EXPECT_FALSE(read_at_secure(tree.root(), 3));
  EXPECT_FALSE(read_at_secure(tree.root(), 4));
}

TEST(Proc, KeepsOfTheEnvironmentOnlyWhatIsAllowed) {
  using namespace std::string_literals;
  const TemporaryTree tree;
  tree.write("/proc/41/environ",
             "PASSWORD=secret\0MALLOC_ARENA_MAX=2\0MALLOC_ARENA_MAX=9\0MALLOC_EMPTY=\0MALLOC_NOTHING\0"
             "X=MALLOC_TOP_PAD_=1\0MALLOC_LONG="s +
                 std::string(5000, 'x') + "\0"s);
  EXPECT_THAT(
      read_environment(tree.root(), 41, is_malloc).value(),
      UnorderedElementsAre(Pair("MALLOC_ARENA_MAX", "2"), Pair("MALLOC_EMPTY", ""), Pair("MALLOC_NOTHING", "")));
}

TEST(Proc, ReadsItself) {
  const Root root = *Root::open("/");
  const pid_t self = ::getpid();
  const std::string before = [] {
    std::array<char, 16> name{};
    ::prctl(PR_GET_NAME, name.data());
    return std::string(name.data());
  }();
  ::prctl(PR_SET_NAME, "a) Z (\n\033[1m");
  const auto stat = read_stat(root, self);
  const auto status = read_status(root, self);
  ::prctl(PR_SET_NAME, before.c_str());
  ASSERT_TRUE(stat) << stat.error().why;
  EXPECT_EQ(stat->pid, self);
  EXPECT_EQ(stat->comm, "a) Z (\n\033[1m");
  EXPECT_EQ(stat->parent, ::getppid());
  EXPECT_GT(stat->minor_faults, 0U);
  EXPECT_GT(stat->start_ticks, 0U);
  ASSERT_TRUE(status) << status.error().why;
  EXPECT_EQ(status->uid, ::getuid());
  EXPECT_GT(status->rss_bytes.value_or(0), 0U);
  EXPECT_THAT(list_threads(root, self).value(), Contains(self));
  EXPECT_THAT(list_processes(root).value(), Contains(self));
  EXPECT_EQ(read_at_secure(root, self).value(), false);
  EXPECT_FALSE(read_cgroups(root, self).value().empty());
}

TEST(Proc, FindsItsOwnCodeInItsMaps) {
  const Root root = *Root::open("/");
  const auto maps = read_maps(root, ::getpid());
  ASSERT_TRUE(maps) << maps.error().why;
  const auto address = reinterpret_cast<std::uint64_t>(&read_maps);
  const auto code = std::find_if(maps->begin(), maps->end(),
                                 [&](const Mapping& one) { return one.start <= address && address < one.end; });
  ASSERT_NE(code, maps->end());
  EXPECT_TRUE(code->executable);
  EXPECT_EQ(code->path, *root.read_link("/proc/self/exe"));
}

}  // namespace
}  // namespace faultline::host
