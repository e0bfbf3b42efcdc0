// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/placement.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

constexpr double mib = 1024.0 * 1024;

struct Placed {
  const char* what;
  ByNode memory, cpu;
  double remote, misplaced;
};

TEST(Placement, RemoteIsWhatLeavesTheNodeAndMisplacedIsWhatCanBeTakenBack) {
  for (const Placed& one : {
           Placed{"all on one node", {{0, 100}}, {{0, 9}}, 0, 0},
           Placed{"memory on the other", {{1, 100}}, {{0, 9}}, 1, 1},
           Placed{"memory on the other, and the node of the threads known", {{0, 0}, {1, 100}}, {{0, 9}, {1, 0}}, 1, 1},
           Placed{"interleaved under threads of both", {{0, 50}, {1, 50}}, {{0, 4}, {1, 4}}, 0.5, 0},
           Placed{"interleaved under threads of one", {{0, 50}, {1, 50}}, {{0, 4}}, 0.5, 0.5},
           Placed{"memory on one under threads of both", {{0, 100}}, {{0, 4}, {1, 4}}, 0.5, 0.5},
           Placed{"skewed as the threads are", {{0, 75}, {1, 25}}, {{0, 3}, {1, 1}}, 0.375, 0},
           Placed{"crosswise", {{0, 75}, {1, 25}}, {{0, 1}, {1, 3}}, 0.625, 0.5},
           Placed{"four nodes", {{0, 25}, {1, 25}, {2, 25}, {3, 25}}, {{0, 1}, {1, 1}, {2, 1}, {3, 1}}, 0.75, 0},
           Placed{"nothing ran", {{0, 100}}, {}, 0, 0},
           Placed{"no memory", {}, {{0, 1}}, 0, 0},
       }) {
    EXPECT_NEAR(remote_share(one.memory, one.cpu), one.remote, 1e-12) << one.what;
    EXPECT_NEAR(misplaced_share(one.memory, one.cpu), one.misplaced, 1e-12) << one.what;
  }
}

TEST(Placement, TheMainNodeHasMost) {
  EXPECT_EQ(main_node({{0, 1}, {3, 5}, {4, 2}}), 3U);
  EXPECT_EQ(main_node({}), 0U);
}

TEST(Placement, IsSaidInWords) {
  EXPECT_EQ(by_node_words({{0, 12 * mib}, {1, 1228.8 * mib}}, "bytes"), "node 0 12 MiB, node 1 1.2 GiB");
  EXPECT_EQ(by_node_words({{2, 19.8}}, "s"), "node 2 19.8 s");
  EXPECT_EQ(by_node_words({}, "s"), "none");
}

}  // namespace
}  // namespace faultline
