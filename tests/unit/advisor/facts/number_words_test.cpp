// SPDX-License-Identifier: Apache-2.0
#include "advisor/facts/number_words.h"

#include <gtest/gtest.h>

namespace faultline::facts {
namespace {

TEST(NumberWords, AreInTheirUnits) {
  EXPECT_EQ(number_words(432013312, "bytes"), "412 MiB");
  EXPECT_EQ(number_words(0, "bytes"), "0 B");
  EXPECT_EQ(number_words(1023.9, "bytes"), "1 KiB");
  EXPECT_EQ(number_words(1040000, "1/s"), "1.04 M/s");
  EXPECT_EQ(number_words(980, "count"), "980");
  EXPECT_EQ(number_words(0.784, "share"), "78 %");
  EXPECT_EQ(number_words(0.0612, "share"), "6.1 %");
  EXPECT_EQ(number_words(0.0996, "share"), "10 %");
  EXPECT_EQ(number_words(0, "share"), "0 %");
  EXPECT_EQ(number_words(0.0002, "share"), "< 0.1 %");
  EXPECT_EQ(number_words(1, "share"), "100 %");
  EXPECT_EQ(number_words(2.5, "cores"), "2.5 cores");
  EXPECT_EQ(number_words(1, "cores"), "1 core");
  EXPECT_EQ(number_words(1412, "ns"), "1.41 us");
  EXPECT_EQ(number_words(0.0125, "s"), "12.5 ms");
  EXPECT_EQ(number_words(262144, "pages"), "262 k pages");
}

}  // namespace
}  // namespace faultline::facts
