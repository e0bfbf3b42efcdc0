// SPDX-License-Identifier: Apache-2.0
// The memory of a real child, walked and sampled: both must say the same.
#include "advisor/ladder/support/memory_nodes.h"

#include <gtest/gtest.h>
#include <limits>
#include <sys/mman.h>

#include "tests/unit/advisor/support/watched_child.h"

namespace faultline {
namespace {

using test::WorkingChild;

constexpr std::size_t touched_bytes = 64U << 20U;
constexpr auto endless = std::numeric_limits<std::uint64_t>::max();
constexpr WalkLimits walk_all{endless, endless};
constexpr WalkLimits sample_all{0, endless};

void touch(std::size_t touched, std::size_t reserved) {
  void* const memory =
      ::mmap(nullptr, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) ::_exit(1);
  for (std::size_t at = 0; at < touched; at += 4096) static_cast<volatile char*>(memory)[at] = 1;
}

class PlaceOfAChildsMemory : public test::WatchedChild {
 protected:
  Result<MemoryNodes> locate(const WalkLimits& limits) { return locate_memory(machine_->root, *watch_, limits); }
};

TEST_F(PlaceOfAChildsMemory, IsFoundByWalkingWithItsPolicy) {
  const WorkingChild child([] { touch(touched_bytes, touched_bytes); });
  watch(child);
  child.work();
  const auto nodes = locate(walk_all);
  if (!nodes && nodes.error().kind == ErrorKind::unsupported) GTEST_SKIP() << nodes.error().why;
  ASSERT_TRUE(nodes) << nodes.error().why;
  EXPECT_FALSE(nodes->estimated);
  EXPECT_GE(sum_of(nodes->bytes), static_cast<double>(touched_bytes));
  EXPECT_EQ(nodes->bytes.size(), machine_->facts.numa_nodes == 1 ? 1U : nodes->bytes.size());
  EXPECT_TRUE(nodes->policy);
  EXPECT_TRUE(nodes->interleaved);
}

TEST_F(PlaceOfAChildsMemory, IsFoundBySamplingToo) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer reserves terabytes, among which a sample of pages finds none that is resident";
#endif
  const WorkingChild child([] { touch(touched_bytes, touched_bytes); });
  watch(child);
  child.work();
  const auto nodes = locate(sample_all);
  if (!nodes && nodes.error().why == "Function not implemented") GTEST_SKIP() << "a kernel without move_pages(2)";
  ASSERT_TRUE(nodes) << nodes.error().why;
  EXPECT_TRUE(nodes->estimated);
  EXPECT_FALSE(nodes->policy);
  const auto status = host::read_status(machine_->root, child.pid());
  EXPECT_NEAR(sum_of(nodes->bytes), static_cast<double>(*status->rss_anon_bytes), 1);
  const auto walked = locate(walk_all);
  ASSERT_TRUE(walked) << walked.error().why;
  for (const auto& [node, bytes] : walked->bytes) {
    const auto sampled = nodes->bytes.find(node);
    const double share = sampled == nodes->bytes.end() ? 0 : sampled->second / sum_of(nodes->bytes);
    // 1000 pages and more, and a few MiB of libraries that are walked and not sampled.
    EXPECT_NEAR(share, bytes / sum_of(walked->bytes), 0.1) << node;
  }
  if (walked->interleaved == true) {
    EXPECT_NE(nodes->interleaved, false);
  }
  if (machine_->facts.numa_nodes == 1) {
    EXPECT_EQ(nodes->interleaved, false);
  }
}

TEST_F(PlaceOfAChildsMemory, ThatIsLostInWhatIsReservedIsUnknown) {
  const WorkingChild child([] { touch(1U << 20U, std::size_t{1} << 40U); });
  watch(child);
  child.work();
  const auto nodes = locate(sample_all);
  ASSERT_FALSE(nodes);
  if (nodes.error().why == "Function not implemented") GTEST_SKIP() << "a kernel without move_pages(2)";
  EXPECT_NE(nodes.error().why.find("were resident"), std::string::npos) << nodes.error().why;
}

TEST_F(PlaceOfAChildsMemory, OfMoreProcessesThanAreReadIsAnEstimate) {
  // The watch begins before the fork, so that it follows both.
  const WorkingChild child([] {
    const pid_t parent = ::getpid();
    if (::fork() != 0) return;
    test::end_with_parent(parent);
    while (true) ::pause();
  });
  watch(child);
  child.work();
  ASSERT_TRUE(test::eventually([&] {
    watch_->refresh();
    return watch_->living().size() == 2;
  }));
  const auto nodes = locate({endless, 1});
  if (!nodes && nodes.error().kind == ErrorKind::unsupported) GTEST_SKIP() << nodes.error().why;
  ASSERT_TRUE(nodes) << nodes.error().why;
  EXPECT_TRUE(nodes->estimated);
  EXPECT_EQ(nodes->source, "/proc/PID/numa_maps of 1 of 2 processes");
  EXPECT_TRUE(nodes->policy);
}

TEST_F(PlaceOfAChildsMemory, ThatEndedIsUnknown) {
  std::optional<WorkingChild> child;
  child.emplace([] {});
  watch(*child);
  child.reset();
  watch_->refresh();
  const auto nodes = locate(walk_all);
  ASSERT_FALSE(nodes);
  EXPECT_EQ(nodes.error().kind, ErrorKind::gone);
}

}  // namespace
}  // namespace faultline
