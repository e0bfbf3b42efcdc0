// SPDX-License-Identifier: Apache-2.0
#include "advisor/model/change_point.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace faultline {
namespace {

using Slices = std::vector<std::optional<double>>;

/// `before` values around 100 and `after` around `then`, with a scatter that repeats.
Slices steps(int before, int after, double then, double scatter) {
  Slices slices;
  for (int i = 0; i < before + after; ++i) {
    const double middle = i < before ? 100 : then;
    slices.emplace_back(middle + scatter * (i * 7 % 5 - 2) / 2);
  }
  return slices;
}

/// Slices before the change, negative where the value falls; 0 for none.
int place_of(const Slices& slices) {
  const auto change = change_point(slices);
  if (!change) return 0;
  return change->rises ? static_cast<int>(change->slices) : -static_cast<int>(change->slices);
}

TEST(ChangePoint, IsWhereTheValueDoubled) {
  EXPECT_EQ(place_of(steps(44, 16, 300, 20)), 44);
  EXPECT_EQ(place_of(steps(5, 55, 210, 10)), 5);
}

TEST(ChangePoint, IsWhereItHalved) { EXPECT_EQ(place_of(steps(22, 8, 30, 10)), -22); }

TEST(ChangePoint, OfNothingAtAllToSomethingIsOne) {
  Slices slices(30, 0.0);
  std::fill(slices.begin() + 20, slices.end(), 5.0);
  EXPECT_EQ(place_of(slices), 20);
}

TEST(ChangePoint, CountsSlicesThatAreUnknown) {
  Slices slices = steps(20, 20, 400, 10);
  slices[3] = slices[11] = std::nullopt;
  EXPECT_EQ(place_of(slices), 20);
}

TEST(ChangePoint, IsToldInSecondsOfTheWindow) {
  Window window;
  window.seconds = 1800;
  window.slices = 60;
  EXPECT_DOUBLE_EQ(seconds_until({44, true}, window), 1320);
}

TEST(ChangePoint, IsNotSaidWhereItIsNotClear) {
  EXPECT_EQ(place_of({}), 0);
  EXPECT_EQ(place_of(steps(30, 30, 100, 20)), 0) << "nothing changed";
  EXPECT_EQ(place_of(steps(30, 30, 150, 5)), 0) << "less than a doubling";
  EXPECT_EQ(place_of(steps(4, 5, 400, 5)), 0) << "too few slices";
  EXPECT_EQ(place_of(steps(6, 4, 220, 400)), 0) << "within the scatter";
  EXPECT_EQ(place_of(steps(59, 1, 900, 5)), 0) << "one slice is no change";
}

}  // namespace
}  // namespace faultline
