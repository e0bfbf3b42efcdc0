// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/huge_pages.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>

#include "tests/unit/advisor/support/child.h"
#include "tests/unit/advisor/support/temporary_tree.h"

namespace faultline::host {
namespace {

TEST(ChosenWord, IsTheOneInBrackets) {
  EXPECT_EQ(chosen_word("always [madvise] never\n"), "madvise");
  EXPECT_EQ(chosen_word("always defer [defer+madvise] madvise never"), "defer+madvise");
  for (const auto* text : {"", "always madvise never", "[", "]", "][", "[]", "[\x1b[2J]", "[a b]", "a] [b"}) {
    EXPECT_FALSE(chosen_word(text)) << text;
  }
}

TEST(HugePageCounts, AreAllThereOrNone) {
  const test::TemporaryTree tree;
  EXPECT_FALSE(read_huge_page_counts(tree.root()));
  tree.write("/proc/vmstat", "compact_stall 4\nthp_fault_alloc 5\nthp_fault_fallback_charge 9\n");
  EXPECT_FALSE(read_huge_page_counts(tree.root()));
  tree.write("/proc/vmstat", "compact_stall 4\nthp_fault_alloc 5\nthp_fault_fallback 6\nthp_fault_fallback_charge 9\n");
  const auto counts = read_huge_page_counts(tree.root());
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->compaction_stalls, 4U);
  EXPECT_EQ(counts->faults, 5U);
  EXPECT_EQ(counts->fallbacks, 6U);
  tree.write("/proc/vmstat", "compact_stall -4\nthp_fault_alloc 5\nthp_fault_fallback 6\n");
  EXPECT_FALSE(read_huge_page_counts(tree.root()));
}

TEST(ThpAllowed, IsWhatTheProcessAskedFor) {
  const auto root = Root::open();
  ASSERT_TRUE(root);
  const test::Child without([] {
    ::prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    test::Child::say_ready();
    char byte = 0;
    (void)!::read(STDIN_FILENO, &byte, 1);
  });
  const auto own = read_thp_allowed(*root, ::getpid());
  if (!own) GTEST_SKIP() << own.error().why;
  const auto disabled = read_thp_allowed(*root, without.pid());
  ASSERT_TRUE(disabled);
  EXPECT_FALSE(*disabled);
}

}  // namespace
}  // namespace faultline::host
