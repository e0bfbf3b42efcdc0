// SPDX-License-Identifier: Apache-2.0
#include "appliers/plan/unified_diff.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <sstream>
#include <string>

namespace faultline::plan {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string numbered(int first, int last) {
  std::string text;
  for (int i = first; i <= last; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

TEST(UnifiedDiff, OfANewFileComesFromNothing) {
  EXPECT_EQ(unified_diff(std::nullopt, "a\nb\n", "/etc/x.conf"),
            "--- /dev/null\n"
            "+++ /etc/x.conf\n"
            "@@ -0,0 +1,2 @@\n"
            "+a\n"
            "+b\n");
}

TEST(UnifiedDiff, OfARemovedFileGoesToNothing) {
  EXPECT_EQ(unified_diff("a\n", std::nullopt, "/etc/x.conf"), "--- /etc/x.conf\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n");
}

TEST(UnifiedDiff, OfTheSameIsEmpty) {
  EXPECT_EQ(unified_diff("a\n", "a\n", "x"), "");
  EXPECT_EQ(unified_diff(std::nullopt, std::nullopt, "x"), "");
}

TEST(UnifiedDiff, HasThreeLinesOfContext) {
  std::string after = numbered(1, 20);
  after.replace(after.find("line 10\n"), 8, "changed\n");
  EXPECT_EQ(
      unified_diff(numbered(1, 20), after, "x"),
      "--- x\n+++ x\n@@ -7,7 +7,7 @@\n line 7\n line 8\n line 9\n-line 10\n+changed\n line 11\n line 12\n line 13\n");
}

TEST(UnifiedDiff, JoinsChangesWhoseContextsMeetAndPartsOthers) {
  const auto changed = [](std::initializer_list<int> numbers) {
    std::string text = numbered(1, 40);
    for (const int number : numbers) {
      const std::string line = "line " + std::to_string(number) + "\n";
      text.replace(text.find(line), line.size(), "changed\n");
    }
    return text;
  };
  const auto hunks = [&](std::initializer_list<int> numbers) {
    const std::string diff = unified_diff(numbered(1, 40), changed(numbers), "x");
    std::size_t count = 0;
    for (auto at = diff.find("\n@@ "); at != std::string::npos; at = diff.find("\n@@ ", at + 1)) ++count;
    return count;
  };
  EXPECT_EQ(hunks({10, 17}), 1U);
  EXPECT_EQ(hunks({10, 18}), 2U);
  EXPECT_EQ(hunks({10, 17, 24, 40}), 2U);
}

TEST(UnifiedDiff, SaysWhereTheLastNewlineIsMissing) {
  EXPECT_EQ(unified_diff("a", "a\n", "x"), "--- x\n+++ x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
  EXPECT_EQ(unified_diff("a\nb", "c\nb", "x"),
            "--- x\n+++ x\n@@ -1,2 +1,2 @@\n-a\n+c\n b\n\\ No newline at end of file\n");
}

TEST(UnifiedDiff, FindsTheShortestEdit) {
  // The example of Myers' paper: five edits.
  const std::string diff = unified_diff("A\nB\nC\nA\nB\nB\nA\n", "C\nB\nA\nB\nA\nC\n", "x");
  const std::string body = diff.substr(diff.find("@@\n") + 3);
  std::istringstream lines(body);
  int edits = 0;
  for (std::string line; std::getline(lines, line);) edits += line[0] == ' ' ? 0 : 1;
  EXPECT_EQ(edits, 5);
}

/// A folder with the file `x` in it, for patch(1).
class Patched {
 public:
  Patched() {
    std::string name = (fs::temp_directory_path() / "diff-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) folder_ = name;
  }
  ~Patched() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Patched(const Patched&) = delete;
  Patched& operator=(const Patched&) = delete;

  /// What patch(1) makes of `before` with the diff; "(failed)" when it takes it only with fuzz or not at all.
  std::string apply(const std::optional<std::string>& before, const std::string& diff) const {
    fs::remove(folder_ / "x");
    if (before) std::ofstream(folder_ / "x", std::ios::binary) << *before;
    std::ofstream(folder_ / "diff", std::ios::binary) << diff;
    const std::string command =
        "cd '" + folder_.string() + "' && patch --fuzz=0 --quiet --no-backup-if-mismatch -p0 x diff >log 2>&1";
    if (std::system(command.c_str()) != 0) return "(failed)";
    std::ostringstream text;
    text << std::ifstream(folder_ / "x", std::ios::binary).rdbuf();
    return text.str();
  }

 private:
  fs::path folder_;
};

TEST(UnifiedDiff, IsWhatPatchTakes) {
  if (std::system("patch --version >/dev/null 2>&1") != 0) GTEST_SKIP() << "patch(1) is not installed";
  const Patched patched;
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same texts each time
  const auto text = [&](unsigned lines) {
    std::string out;
    for (unsigned i = 0; i < lines; ++i) out += std::string(1, static_cast<char>('a' + random() % 4)) + "\n";
    if (random() % 3 == 0 && !out.empty()) out.pop_back();
    return out;
  };
  for (int round = 0; round < 150; ++round) {
    const std::string before = text(random() % 40);
    std::string after = before;
    // Some edits of the same text, or another one.
    if (round % 3 == 0) {
      after = text(1 + random() % 40);
    } else {
      for (unsigned edits = 1 + random() % 4; edits > 0; --edits) after.insert(random() % (after.size() + 1), "n\n");
    }
    const std::string diff = unified_diff(before, after, "x");
    if (before == after) continue;
    EXPECT_EQ(patched.apply(before, diff), after) << diff;
  }
  EXPECT_EQ(patched.apply(std::nullopt, unified_diff(std::nullopt, "a\nb", "x")), "a\nb");
}

TEST(UnifiedDiff, OfLargeTextsThatShareNothingIsOneReplacement) {
  // 300 KiB each; the search has to give up and not to run for hours.
  const std::string before = numbered(0, 24000);
  const std::string after = numbered(100000, 121000);
  const std::string diff = unified_diff(before, after, "x");
  EXPECT_THAT(diff, HasSubstr("@@ -1,24001 +1,21001 @@\n"));
  EXPECT_GT(diff.size(), before.size() + after.size());
}

TEST(UnifiedDiff, OfLargeTextsThatDifferLittleIsSmall) {
  std::string after = numbered(0, 24000);
  after.replace(after.find("line 500\n"), 9, "changed\n");
  after.replace(after.find("line 23000\n"), 11, "changed\n");
  EXPECT_LT(unified_diff(numbered(0, 24000), after, "x").size(), 500U);
}

}  // namespace
}  // namespace faultline::plan
