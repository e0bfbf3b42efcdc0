// SPDX-License-Identifier: Apache-2.0
#include "advisor/documents/json_gate.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>

namespace faultline::documents {
namespace {

using ::testing::HasSubstr;

std::string nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
}

class TempFolder {
 public:
  TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "faultline_gate_XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

TEST(JsonGate, LetsOrdinaryDocumentsPass) {
  EXPECT_TRUE(check_json(R"({"a": [1, 2.5, -3, true, null, "\u00e9"], "b": {"a": {}}})", "f"));
  EXPECT_TRUE(check_json(nested(64), "f"));
}

TEST(JsonGate, RefusesDeepNestingBeforeATreeIsBuilt) {
  for (const int depth : {65, 1000, 1000000}) {
    const auto result = check_json(nested(depth), "deep.json");
    ASSERT_FALSE(result) << depth;
    EXPECT_THAT(result.error().why, HasSubstr("nested deeper than 64 levels"));
    EXPECT_THAT(result.error().where, HasSubstr("deep.json:1:6"));
  }
}

TEST(JsonGate, CountsArraysAndObjectsTogether) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += R"({"k":[)";
  EXPECT_FALSE(check_json(text, "f"));
}

TEST(JsonGate, RefusesAKeyThatIsThereTwiceAlsoWhenItIsEscaped) {
  const auto result = check_json("{\n \"x\": 1,\n \"\\u0078\": 2}", "twice.json");
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().why, HasSubstr("the key 'x' is there twice"));
  EXPECT_THAT(result.error().where, HasSubstr("twice.json:3:"));
}

TEST(JsonGate, SaysWhereTheTextBreaksOff) {
  const auto result = check_json("{\n  \"a\": 1,\n  \"b\": [1, 2", "cut.json");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::input);
  EXPECT_THAT(result.error().where, HasSubstr("cut.json:3:"));
  EXPECT_THAT(result.error().why, HasSubstr("byte"));
}

TEST(JsonGate, RefusesWhatIsNoJson) {
  for (const auto* text : {"", " ", "{", "[1,]", "{\"a\":}", "nul", "1 2", "{} x", "[NaN]", "[1e999]", "[-Infinity]",
                           "\"\xff\"", "\"\xed\xa0\x80\"", "[\"\\ud800\"]", "\"a\nb\"", "{'a':1}", "// c\n1"}) {
    EXPECT_FALSE(check_json(text, "f")) << text;
  }
  EXPECT_FALSE(check_json(std::string_view("{}\0", 3), "f"));
}

TEST(JsonGate, RefusesATextBeyondItsLimit) {
  const JsonLimits small{16, 64};
  EXPECT_TRUE(check_json("[1]", "f", small));
  const auto result = check_json(R"(["0123456789abcdef"])", "f", small);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().why, HasSubstr("larger than"));
}

TEST(ReadDocument, RefusesAHundredMegabytesWithoutReadingThem) {
  const TempFolder folder;
  const std::string path = folder.file("huge.json");
  const int fd = ::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  ASSERT_GE(fd, 0);
  ASSERT_EQ(::ftruncate(fd, 100 << 20), 0);
  ::close(fd);
  const auto result = read_document(path);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::input);
  EXPECT_THAT(result.error().why, HasSubstr("larger than 64 MiB"));
  EXPECT_EQ(result.error().where, path);
}

TEST(ReadDocument, ReadsAFileWhole) {
  const TempFolder folder;
  const std::string text(200000, 'x');
  std::ofstream(folder.file("a")) << text;
  const auto result = read_document(folder.file("a"));
  ASSERT_TRUE(result);
  EXPECT_EQ(*result, text);
}

TEST(ReadDocument, StopsAtTheLimitOfAFileThatHasNoSize) {
  const auto result = read_document("/dev/zero", {4096, 64});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().why, HasSubstr("larger than"));
}

TEST(ReadDocument, NamesWhatIsMissingAndWhatIsAFolder) {
  const auto missing = read_document("/nonexistent/a.json");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::not_found);
  const auto folder = read_document("/tmp");
  ASSERT_FALSE(folder);
  EXPECT_THAT(folder.error().why, HasSubstr("directory"));
}

}  // namespace
}  // namespace faultline::documents
