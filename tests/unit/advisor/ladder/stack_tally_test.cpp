// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/stack_tally.h"

#include <gtest/gtest.h>
#include <numeric>

namespace faultline {
namespace {

TEST(StackTally, MostFrequentFirst) {
  StackTally tally;
  for (const auto* stack : {"a;b", "a;c", "a;c", "a", "a;c", "a;b"}) tally.add(stack);
  const auto stacks = tally.take();
  ASSERT_EQ(stacks.size(), 3U);
  EXPECT_EQ(stacks[0].frames, "a;c");
  EXPECT_EQ(stacks[0].samples, 3U);
  EXPECT_EQ(stacks[2].frames, "a");
}

TEST(StackTally, StaysSmallAndLosesNoSample) {
  StackTally tally;
  constexpr std::uint64_t samples = 20000;
  for (std::uint64_t i = 0; i < samples; ++i) tally.add("main;f" + std::to_string(i));
  const auto stacks = tally.take();
  EXPECT_LE(stacks.size(), 5001U);
  EXPECT_EQ(stacks.front().frames, "[other stacks]");
  const auto sum = std::accumulate(stacks.begin(), stacks.end(), std::uint64_t{0},
                                   [](std::uint64_t so_far, const FoldedStack& one) { return so_far + one.samples; });
  EXPECT_EQ(sum, samples);
}

}  // namespace
}  // namespace faultline
