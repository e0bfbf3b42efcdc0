// SPDX-License-Identifier: Apache-2.0
#include "advisor/model/unit_name.h"

#include <gtest/gtest.h>
#include <string>

namespace faultline {
namespace {

TEST(UnitName, TakesWhatSystemdNamesUnits) {
  for (const auto* name : {"rewards.service", "worker@3.service", "dev-disk\\x2dby.service", "-.slice", "a:b_c.timer",
                           "user@1000.service", "system-getty.slice"}) {
    EXPECT_TRUE(check_unit_name(name)) << name;
  }
}

TEST(UnitName, RefusesWhatWouldLeaveAPathOrALine) {
  for (const std::string& name :
       std::vector<std::string>{"", "a", ".service", "a.", "../a.service", "a/b.service", "a..service", "a%h.service",
                                "a\"b.service", "a b.service", "a\nb.service", std::string("a\0.service", 10),
                                "\xff.service", "$(id).service", std::string(248, 'a') + ".service"}) {
    EXPECT_FALSE(check_unit_name(name)) << name;
  }
}

}  // namespace
}  // namespace faultline
