// SPDX-License-Identifier: Apache-2.0
// What every file keeps to.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <set>

#include "tests/architecture/support/source_tree.h"

namespace faultline::architecture {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;

constexpr std::size_t most_lines = 400;
constexpr std::string_view licence = "SPDX-License-Identifier: Apache-2.0";

std::vector<SourceFile> everything() { return sources_below({"advisor", "appliers", "tests"}); }

TEST(Conventions, TheLicenceIsTheFirstLine) {
  const auto files = everything();
  ASSERT_GT(files.size(), 100U);
  for (const SourceFile& file : files) {
    EXPECT_EQ(file.text.substr(0, file.text.find('\n')), "// " + std::string(licence)) << file.path;
  }
}

TEST(Conventions, ScriptsAndPoliciesNameTheLicenceToo) {
  const fs::path top = FAULTLINE_SOURCE_DIR;
  std::vector<fs::path> paths{top / "dev", top / ".ci/run"};
  for (const char* folder : {"policies", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(top / folder)) {
      const auto suffix = entry.path().extension();
      if (suffix == ".yaml" || suffix == ".sh") paths.push_back(entry.path());
    }
  }
  for (const fs::path& path : paths) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    if (line.starts_with("#!")) std::getline(file, line);
    EXPECT_EQ(line, "# " + std::string(licence)) << path;
  }
}

TEST(Conventions, AHeaderIsReadOnce) {
  for (const SourceFile& file : everything()) {
    if (!file.path.ends_with(".h")) continue;
    EXPECT_NE(file.code.find("\n#pragma once\n"), std::string::npos) << file.path;
  }
}

TEST(Conventions, AFileFitsTheHead) {
  for (const SourceFile& file : everything()) {
    const auto lines = std::count(file.text.begin(), file.text.end(), '\n');
    EXPECT_LE(lines, static_cast<std::ptrdiff_t>(most_lines)) << file.path << ": split it by its jobs";
  }
}

TEST(Conventions, EverythingIsOwned) {
  std::vector<std::string> wrong;
  for (const SourceFile& file : sources_below({"advisor", "appliers"})) {
    for (std::string& place : places_of(file, [](const Word& word) {
           if (word.text == "new") return true;
           const bool is_call = word.after.starts_with("(");
           if (is_call && (word.text == "malloc" || word.text == "calloc" || word.text == "free")) return true;
           const auto before = word.before.find_last_not_of(" \n");
           return word.text == "delete" && (before == std::string_view::npos || word.before[before] != '=');
         })) {
      wrong.push_back(std::move(place));
    }
  }
  EXPECT_THAT(wrong, IsEmpty()) << "std::make_unique, containers and handles with a destructor instead";
}

TEST(Conventions, NothingIsLeftForLater) {
  for (const SourceFile& file : everything()) {
    if (file.path == "tests/architecture/conventions_test.cpp") continue;
    for (const char* word : {"TODO", "FIXME", "XXX:", "HACK"}) {
      EXPECT_EQ(file.text.find(word), std::string::npos) << file.path << " has a " << word;
    }
  }
}

TEST(Conventions, APolicyIsNamedAsItsRule) {
  std::size_t seen = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(FAULTLINE_SOURCE_DIR) / "policies")) {
    ASSERT_EQ(entry.path().extension(), ".yaml") << entry.path();
    std::ifstream file(entry.path());
    std::string line;
    while (std::getline(file, line) && !line.starts_with("id: ")) continue;
    EXPECT_EQ(line, "id: " + entry.path().stem().string()) << entry.path();
    ++seen;
  }
  EXPECT_GE(seen, 3U);
}

TEST(CodeOf, BlanksCommentsAndLiteralsAndNothingElse) {
  EXPECT_EQ(code_of("a // b\nc"), "a     \nc");
  EXPECT_EQ(code_of("a /* b\n */ c"), "a     \n    c");
  EXPECT_EQ(code_of("f(\"new \\\" x\", 'n')"), "f(          ,    )");
  EXPECT_EQ(code_of("R\"(new)\" b"), "         b");
  EXPECT_EQ(code_of("R\"x(a)\" new)x\" b"), "               b");
  EXPECT_EQ(code_of("1'000'000 new"), "1'000'000 new");
}

}  // namespace
}  // namespace faultline::architecture
