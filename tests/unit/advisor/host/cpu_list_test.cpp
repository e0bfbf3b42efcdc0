// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/cpu_list.h"

#include <gtest/gtest.h>

namespace faultline::host {
namespace {

TEST(CpuList, IsReadWithBothEnds) {
  EXPECT_EQ(parse_cpu_list("")->size(), 0U);
  EXPECT_EQ(parse_cpu_list("0")->size(), 1U);
  EXPECT_EQ(parse_cpu_list("0-3,8,10-11")->size(), 7U);
  EXPECT_EQ(parse_cpu_list("0-65535")->size(), 65536U);
  EXPECT_TRUE(parse_cpu_list("0-3,8")->contains(3));
  EXPECT_FALSE(parse_cpu_list("0-3,8")->contains(4));
}

TEST(CpuList, ThatIsNoneIsNothing) {
  for (const auto* text : {"x", ",", "1,", ",1", "-", "3-1", "0-", "-1", "0,,1", "0-4294967295", "0 1", "0-1-2",
                           "65536", "0--2", "99999999999999999999"}) {
    EXPECT_FALSE(parse_cpu_list(text)) << text;
  }
}

}  // namespace
}  // namespace faultline::host
