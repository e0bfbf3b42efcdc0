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

struct FileCase {
  std::string_view file, value;
};

// What `env` printed of a service with that EnvironmentFile=, under systemd 252.
constexpr std::array recorded{
    FileCase{"A=plain", "plain"},
    FileCase{"A= spaced \t", "spaced"},
    FileCase{"A=\"quoted value\"", "quoted value"},
    FileCase{"A='single $x \\n'", "single $x \\n"},
    FileCase{"A=\"a\"b", "ab"},
    FileCase{"A=\"a\" \"b\"", "ab"},
    FileCase{"A=a\"b\"", "a\"b\""},
    FileCase{"A=it's", "it's"},
    FileCase{"A=\"a\\\"b\\\\c\\n\\$d\\`\"", "a\"b\\c\\n$d`"},
    FileCase{"A=a\\ b", "a b"},
    FileCase{"A=a\\\nb", "ab"},
    FileCase{"A=\"a\\\nb\"", "ab"},
    FileCase{"A=\"a\nb\"", "a\nb"},
    FileCase{"A='a\nb'", "a\nb"},
    FileCase{"# c\\\nA=hidden\nA=shown", "shown"},
    FileCase{"; c\nA=1", "1"},
    FileCase{" A =1", "1"},
    FileCase{"A=1\nA=2", "2"},
    FileCase{"A=", ""},
    FileCase{"A=x # no comment", "x # no comment"},
    FileCase{"A=1\r\n", "1"},
    FileCase{"A=\"x\"  ", "x"},
    FileCase{"A=a\\", "a"},
    FileCase{"A=\"open", "open"},
    FileCase{"=x\nA=1", "1"},
    FileCase{"A=b=c", "b=c"},
    FileCase{"A=\n\nB=2\nA=3", "3"},
    FileCase{"A=\"a\"'b'c", "abc"},
    FileCase{"A=a\\nb", "anb"},
    FileCase{"A=\\\"x\\\"", "\"x\""},
    FileCase{"A=\"a\"\\ b", "a b"},
    FileCase{"A=a\\ ", "a "},
    FileCase{"A=\"\" ", ""},
    FileCase{"A=x\\\n  y", "x  y"},
    FileCase{"\tA=1", "1"},
    FileCase{"A=a\tb", "a\tb"},
    FileCase{"# c \\x\nA=1", "1"},
    FileCase{"#\\\n#x\nA=1", "1"},
};

TEST(EnvironmentFile, ReadsAsSystemdReads) {
  for (const FileCase& one : recorded) {
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
