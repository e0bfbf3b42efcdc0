// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/environment_file.h"

#include <array>
#include <gmock/gmock.h>

namespace faultline::host {
namespace {

using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

bool any(std::string_view) { return true; }
bool only_a(std::string_view name) { return name == "A"; }

struct Case {
  std::string_view file, value;
};

// What `env` printed of a service with that EnvironmentFile=, under systemd 252.
constexpr std::array recorded{
    Case{"A=plain", "plain"},
    Case{"A= spaced \t", "spaced"},
    Case{"A=\"quoted value\"", "quoted value"},
    Case{"A='single $x \\n'", "single $x \\n"},
    Case{"A=\"a\"b", "ab"},
    Case{"A=\"a\" \"b\"", "ab"},
    Case{"A=a\"b\"", "a\"b\""},
    Case{"A=it's", "it's"},
    Case{"A=\"a\\\"b\\\\c\\n\\$d\\`\"", "a\"b\\c\\n$d`"},
    Case{"A=a\\ b", "a b"},
    Case{"A=a\\\nb", "ab"},
    Case{"A=\"a\\\nb\"", "ab"},
    Case{"A=\"a\nb\"", "a\nb"},
    Case{"A='a\nb'", "a\nb"},
    Case{"# c\\\nA=hidden\nA=shown", "shown"},
    Case{"; c\nA=1", "1"},
    Case{" A =1", "1"},
    Case{"A=1\nA=2", "2"},
    Case{"A=", ""},
    Case{"A=x # no comment", "x # no comment"},
    Case{"A=1\r\n", "1"},
    Case{"A=\"x\"  ", "x"},
    Case{"A=a\\", "a"},
    Case{"A=\"open", "open"},
    Case{"=x\nA=1", "1"},
    Case{"A=b=c", "b=c"},
    Case{"A=\n\nB=2\nA=3", "3"},
    Case{"A=\"a\"'b'c", "abc"},
    Case{"A=a\\nb", "anb"},
    Case{"A=\\\"x\\\"", "\"x\""},
    Case{"A=\"a\"\\ b", "a b"},
    Case{"A=a\\ ", "a "},
    Case{"A=\"\" ", ""},
    Case{"A=x\\\n  y", "x  y"},
    Case{"\tA=1", "1"},
    Case{"A=a\tb", "a\tb"},
    Case{"# c \\x\nA=1", "1"},
    Case{"#\\\n#x\nA=1", "1"},
};

TEST(EnvironmentFile, ReadsAsSystemdReads) {
  for (const Case& one : recorded) {
    const auto assignments = parse_environment_file(one.file, only_a);
    ASSERT_THAT(assignments, UnorderedElementsAre(Pair("A", std::string(one.value)))) << one.file;
  }
}

TEST(EnvironmentFile, HasNothingInWhatIsNoAssignment) {
  for (const std::string_view text : {"", "\n\n", "A", "A\nB\n", "# A=1", "#", "export A=1", " ", "\\"}) {
    EXPECT_THAT(parse_environment_file(text, only_a), IsEmpty()) << text;
  }
}

TEST(EnvironmentFile, KeepsOnlyWhatIsAllowed) {
  EXPECT_THAT(parse_environment_file("PASSWORD=secret\nA=1\n", only_a), UnorderedElementsAre(Pair("A", "1")));
}

TEST(EnvironmentFile, AQuotedAssignmentInAnotherValueIsNone) {
  EXPECT_THAT(parse_environment_file("B=\"x\nA=1\"\n", only_a), IsEmpty());
}

TEST(EnvironmentFile, EndsOnAnyBytes) {
  for (int first = 0; first < 256; ++first) {
    for (const std::string_view rest : {"", "A=1", "\nA=1", "\\", "'", "\"\\"}) {
      (void)parse_environment_file(std::string(1, static_cast<char>(first)) + std::string(rest), any);
      (void)parse_environment_file("A=" + std::string(1, static_cast<char>(first)) + std::string(rest), any);
    }
  }
}

}  // namespace
}  // namespace faultline::host
