// SPDX-License-Identifier: Apache-2.0
#include "appliers/systemd/own_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline::systemd {
namespace {

using testing::HasSubstr;

const std::string body = "[Service]\n# keep-heap: why\nEnvironment=\"A=1\"\n";

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  return text.replace(text.find(what), what.size(), with);
}

TEST(OwnFile, ReadsBackWhatItWrote) {
  const auto read = read_own_file("Service", own_file_text("0.1.0", "0123456789abcdef", body));
  ASSERT_TRUE(read) << read.error().why;
  EXPECT_EQ(read->plan_id, "0123456789abcdef");
  ASSERT_EQ(read->directives.size(), 1U);
  EXPECT_EQ(read->directives[0].name, "A");
  EXPECT_EQ(read->directives[0].reasons, std::vector<std::string>{"keep-heap: why"});
}

TEST(OwnFile, SaysWhoMadeItAndThatItIsNotToBeEdited) {
  EXPECT_THAT(own_file_text("0.1.0", "p", body), HasSubstr("# created by faultline 0.1.0, do not edit"));
  EXPECT_EQ(own_file_path("a\\x2db@1.service"), "/etc/systemd/system/a\\x2db@1.service.d/zz-faultline.conf");
}

TEST(OwnFile, AnyEditOfTheBodyIsDrift) {
  const std::string text = own_file_text("0.1.0", "p", body);
  for (const std::string& edited :
       {replaced(text, "A=1", "A=2"), text + "\n", text + "# note\n", text + "MemoryMax=1G\n",
        text.substr(0, text.size() - 1), replaced(text, "# keep-heap: why\n", "")}) {
    const auto read = read_own_file("Service", edited);
    ASSERT_FALSE(read) << edited;
    EXPECT_EQ(read.error().kind, ErrorKind::refused);
    EXPECT_THAT(read.error().why, HasSubstr("edited"));
    EXPECT_THAT(read.error().hint, HasSubstr("another name"));
  }
}

TEST(OwnFile, AFileOfSomeoneElseIsNotOurs) {
  for (const auto* text :
       {"", "\n", "[Service]\nEnvironment=A=1\n", "# created by faultline 0.1.0", "# created by me\n"}) {
    const auto read = read_own_file("Service", text);
    ASSERT_FALSE(read) << text;
    EXPECT_THAT(read.error().why, HasSubstr("header"));
  }
}

TEST(OwnFile, ADirectiveThatThisVersionDoesNotWriteIsNotTakenOver) {
  const auto read = read_own_file("Service", own_file_text("9.0.0", "p", "[Service]\n# a: b\nMemoryMax=1G\n"));
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().why, HasSubstr("does not write"));
}

}  // namespace
}  // namespace faultline::systemd
