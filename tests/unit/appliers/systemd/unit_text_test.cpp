// SPDX-License-Identifier: Apache-2.0
#include "appliers/systemd/unit_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "appliers/systemd/limits.h"

namespace faultline::systemd {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> assignments(std::string_view text) {
  const auto parsed = parse_unit_text(text);
  if (!parsed) return {"error: " + parsed.error().where + ": " + parsed.error().why};
  std::vector<std::string> lines;
  for (const auto& one : *parsed) lines.push_back(one.section + "/" + one.key + "=" + one.value);
  return lines;
}

TEST(UnitText, ReadsSectionsKeysAndValues) {
  EXPECT_THAT(assignments("[Unit]\nDescription = a b \n\n[Service]\nEnvironment=A=b c\nEnvironment=\n"),
              ElementsAre("Unit/Description=a b", "Service/Environment=A=b c", "Service/Environment="));
}

// systemd.syntax(7): a backslash at the end joins the next line with a blank, comments in between do not count.
TEST(UnitText, JoinsContinuedLines) {
  EXPECT_THAT(assignments("[S]\nA=one \\\n# a comment\\\n  two\nB=1"), ElementsAre("S/A=one    two", "S/B=1"));
  EXPECT_THAT(assignments("[S]\nA=one \\\\\nB=1"), ElementsAre("S/A=one \\\\", "S/B=1"))
      << "an escaped backslash joins nothing";
  EXPECT_THAT(assignments("[S]\nA=x\\\nB=1"), ElementsAre("S/A=x B=1")) << "what a trailing backslash would swallow";
  EXPECT_THAT(assignments("[S]\nA=x\\"), ElementsAre("S/A=x"));
}

TEST(UnitText, CommentsStandWithTheAssignmentBelow) {
  const auto parsed = parse_unit_text("# header\n[S]\n# one\n; two\nA=1\nB=2 # no comment\n");
  ASSERT_TRUE(parsed);
  EXPECT_THAT((*parsed)[0].comments, ElementsAre("one", "two"));
  EXPECT_THAT((*parsed)[1].comments, ElementsAre());
  EXPECT_EQ((*parsed)[1].value, "2 # no comment");
}

TEST(UnitText, RefusesWhatSystemdWouldWarnOf) {
  const auto why = [](std::string_view text) { return assignments(text).at(0); };
  EXPECT_THAT(why("A=1\n"), HasSubstr("error: line 1: it is in no section"));
  EXPECT_THAT(why("[S]\nword\n"), HasSubstr("line 2: it has no '='"));
  EXPECT_THAT(why("[S]\n=1\n"), HasSubstr("no key"));
  EXPECT_THAT(why("[S\nA=1\n"), HasSubstr("not closed"));
  EXPECT_THAT(why("[]\n"), HasSubstr("not closed"));
  EXPECT_THAT(why(std::string_view("[S]\nA=\0\n", 8)), HasSubstr("control characters"));
  EXPECT_THAT(why("[S]\nA=\r\n"), HasSubstr("control characters"));
  EXPECT_THAT(why("[S]\nA=\xff\n"), HasSubstr("not UTF-8"));
  EXPECT_THAT(why("[S]\nA=" + std::string(most_line_bytes, 'x') + "\n"), HasSubstr("1 MiB"));
  EXPECT_THAT(why("[S]\nA=" + std::string(most_line_bytes / 2, 'x') + "\\\n" + std::string(most_line_bytes / 2, 'x')),
              HasSubstr("1 MiB"))
      << "joined lines are one line";
}

std::vector<std::string> words(std::string_view value) {
  const auto split = split_words(value);
  return split ? *split : std::vector<std::string>{"error: " + split.error().why};
}

TEST(UnitText, WordsHaveQuotesAndEscapes) {
  EXPECT_THAT(words(R"("A=x y" 'B=z' C=d"e f"g)"), ElementsAre("A=x y", "B=z", "C=de fg"));
  EXPECT_THAT(words(R"("a\"b\\c\x41\101\u00e9\U0001F600\s\t")"), ElementsAre("a\"b\\cAA\xc3\xa9\xf0\x9f\x98\x80 \t"));
  EXPECT_THAT(words(R"(\xff)"), ElementsAre("\xff")) << "a byte stays a byte";
  EXPECT_THAT(words("  "), ElementsAre());
  EXPECT_THAT(words("\"\""), ElementsAre(""));
}

TEST(UnitText, WordsThatSystemdIgnoresAreErrors) {
  for (const auto* value : {"\"a", "'a", "a\\", "\\q", "\\x4", "\\xzz", "\\000", "\\ud800", "\\U00110000", "\\400"}) {
    EXPECT_THAT(words(value), ElementsAre(HasSubstr("error: "))) << value;
  }
}

TEST(UnitText, OnlyTheDoubledSpecifierIsUnderstood) {
  EXPECT_EQ(without_specifiers("100%%"), "100%");
  EXPECT_EQ(without_specifiers("%%%%"), "%%");
  EXPECT_FALSE(without_specifiers("%h"));
  EXPECT_FALSE(without_specifiers("%"));
  EXPECT_FALSE(without_specifiers("%%%"));
}

}  // namespace
}  // namespace faultline::systemd
