// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/switching.h"

#include <gtest/gtest.h>

namespace faultline::measure {
namespace {

Switching of_looks(int looks, double cpu_seconds_each) {
  Switching switching;
  for (int look = 0; look < looks; ++look) {
    switching.took(cpu_seconds_each / 4);
    switching.took(cpu_seconds_each * 3 / 4);
    switching.ended();
  }
  return switching;
}

TEST(Switching, AllowsTheFirstLookWhateverItTakes) {
  Switching switching;
  EXPECT_TRUE(switching.allows_another(0));
  switching.took(10);
  EXPECT_EQ(switching.each(), 0) << "the look has not ended";
}

TEST(Switching, AllowsAsManyLooksAsTheShareBears) {
  EXPECT_DOUBLE_EQ(of_looks(3, 0.1).each(), 0.1);
  const double at = 0.2 / Switching::share;
  EXPECT_FALSE(of_looks(1, 0.1).allows_another(at * 0.9));
  EXPECT_TRUE(of_looks(1, 0.1).allows_another(at * 1.1));
  EXPECT_FALSE(of_looks(2, 0.1).allows_another(at * 1.1));
}

TEST(Switching, OfACheapKindEveryLookIsAllowed) {
  for (int looks = 0; looks < 4; ++looks) EXPECT_TRUE(of_looks(looks, 0.0009).allows_another(1 << looks)) << looks;
}

}  // namespace
}  // namespace faultline::measure
