// SPDX-License-Identifier: Apache-2.0
#include "advisor/model/diagnosis.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

TEST(Severity, FollowsTheCost) {
  EXPECT_EQ(severity_of(0.20), Severity::high);
  EXPECT_EQ(severity_of(0.199), Severity::medium);
  EXPECT_EQ(severity_of(0.05), Severity::medium);
  EXPECT_EQ(severity_of(0.01), Severity::low);
  EXPECT_EQ(severity_of(0.0099), Severity::info);
}

}  // namespace
}  // namespace faultline
