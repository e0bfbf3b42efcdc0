// SPDX-License-Identifier: Apache-2.0
#include "advisor/report/number_text.h"

#include <gtest/gtest.h>

namespace faultline::report {
namespace {

TEST(NumberText, ScalesWithThreeDigits) {
  EXPECT_EQ(si(0), "0");
  EXPECT_EQ(si(12), "12");
  EXPECT_EQ(si(1040000), "1.04 M");
  EXPECT_EQ(si(3210), "3.21 k");
  EXPECT_EQ(bytes(4096), "4 KiB");
  EXPECT_EQ(bytes(433061888), "413 MiB");
  EXPECT_EQ(bytes(1.0e18), "888 PiB");
}

TEST(NumberText, KeepsSmallSharesVisible) {
  EXPECT_EQ(percent(0), "0 %");
  EXPECT_EQ(percent(0.704), "70 %");
  EXPECT_EQ(percent(0.0345), "3.5 %");
  EXPECT_EQ(percent(0.0002), "0.02 %");
}

TEST(NumberText, ReadsEveryKindOfValue) {
  EXPECT_EQ(with_unit(true, ""), "yes");
  EXPECT_EQ(with_unit(std::string("glibc"), ""), "glibc");
  EXPECT_EQ(with_unit(0.5, "share"), "50 %");
  EXPECT_EQ(with_unit(2.0, "cores"), "2 cores");
  EXPECT_EQ(with_unit(1500.0, "1/s"), "1.50 k/s");
  EXPECT_EQ(with_unit(1330.0, "ns"), "1.33 µs");
  EXPECT_EQ(with_unit(950.0, "ns"), "950 ns");
}

}  // namespace
}  // namespace faultline::report
