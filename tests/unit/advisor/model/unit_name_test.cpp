// SPDX-License-Identifier: Apache-2.0
#include "advisor/model/unit_name.h"

#include <gmock/gmock.h>

namespace faultline {
namespace {

using ::testing::HasSubstr;

TEST(UnitName, OfEveryUsualKindPasses) {
  for (const char* name : {"rewards.service", "worker@3.service", "worker@.service", "a-b_c:d.service",
                           "dev-disk-by\\x2dlabel-root.device", "-.mount", "1.service"}) {
    EXPECT_TRUE(check_unit_name(name)) << name;
  }
}

TEST(UnitName, ThatCouldLeadElsewhereIsRefused) {
  for (const std::string name :
       {"", "rewards", ".service", "rewards.", "../x.service", "a/b.service", "a..service", "%n.service", "a b.service",
        "a\"b.service", "a'b.service", "a$b.service", "a;b.service", "a\nb.service", "a\033[31m.service",
        "caf\xc3\xa9.service", "a*.service"}) {
    const auto checked = check_unit_name(name);
    ASSERT_FALSE(checked) << name;
    EXPECT_EQ(checked.error().kind, ErrorKind::usage);
    EXPECT_EQ(checked.error().where, name);
    EXPECT_FALSE(checked.error().why.empty());
  }
  EXPECT_FALSE(check_unit_name(std::string_view("a\0b.service", 11)));
}

TEST(UnitName, SaysWhatIsWrong) {
  EXPECT_THAT(check_unit_name("a%b.service").error().why, HasSubstr("'%'"));
  EXPECT_THAT(check_unit_name("a\nb.service").error().why, HasSubstr("x0a"));
}

TEST(UnitName, IsAtMost255BytesLong) {
  const std::string suffix = ".service";
  EXPECT_TRUE(check_unit_name(std::string(255 - suffix.size(), 'a') + suffix));
  EXPECT_FALSE(check_unit_name(std::string(256 - suffix.size(), 'a') + suffix));
}

}  // namespace
}  // namespace faultline
