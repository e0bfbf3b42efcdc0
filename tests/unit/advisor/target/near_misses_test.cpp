// SPDX-License-Identifier: Apache-2.0
#include "advisor/target/near_misses.h"

#include <gmock/gmock.h>

namespace faultline::target {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(NearMisses, AreAFewEditsAway) {
  const std::vector<std::string> names{"rewards.service", "nginx.service", "redis.service"};
  EXPECT_THAT(near_misses("rewards.service", names), ElementsAre("rewards.service"));
  EXPECT_THAT(near_misses("rewrads.service", names), ElementsAre("rewards.service"));  // two letters swapped
  EXPECT_THAT(near_misses("reward.service", names), ElementsAre("rewards.service"));
  EXPECT_THAT(near_misses("ngnix", names), ElementsAre("nginx.service"));
  EXPECT_THAT(near_misses("postgresql.service", names), IsEmpty());
}

TEST(NearMisses, HoldWhatWasTyped) {
  EXPECT_THAT(near_misses("payment.service", {"team-a-payment-worker.service", "nginx.service"}),
              ElementsAre("team-a-payment-worker.service"));
  EXPECT_THAT(near_misses("ab.service", {"xxxxxxxxabxxxxxxxx.service"}), IsEmpty()) << "two letters are in anything";
}

TEST(NearMisses, AreTheNearestThreeFirst) {
  const auto near =
      near_misses("worker", {"worker-1.service", "workers.service", "worker-12.service", "work.service", "w.service"});
  ASSERT_THAT(near, SizeIs(3));
  EXPECT_EQ(near.front(), "workers.service");
}

TEST(NearMisses, OfHostileNamesEnd) {
  const std::string longest(10000, 'a');
  EXPECT_THAT(near_misses(longest, {longest + ".service", ""}), SizeIs(1));
  EXPECT_THAT(near_misses("", {"", "rewards.service"}), ElementsAre(""));
}

}  // namespace
}  // namespace faultline::target
