// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/rule_loader.h"

#include <cstdlib>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>

#include "tests/unit/advisor/diagnosis/support.h"

namespace faultline::diagnosis {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class RuleLoader : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "faultline_rules_XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    fs::create_directory(root_ / "a");
    fs::create_directory(root_ / "b");
  }
  void TearDown() override { fs::remove_all(root_); }
  void write(const std::string& file, const std::string& text) const { std::ofstream(root_ / file) << text; }
  [[nodiscard]] Policies read(const std::vector<std::string>& folders) const {
    std::vector<fs::path> paths;
    for (const auto& folder : folders) paths.push_back(root_ / folder);
    return read_policies(paths, test_fixes);
  }
  fs::path root_;
};

std::string simple(const std::string& id) { return rule_text(id, "refault", "faults.refault.time_share"); }

TEST_F(RuleLoader, ReadsAFolderSortedByIdAndLeavesOtherFilesAlone) {
  write("a/z.yaml", simple("z"));
  write("a/b.yaml", simple("b"));
  write("a/README.md", "not a rule");
  write("a/.b.yaml", "an editor's swap file");
  const Policies policies = read({"a"});
  EXPECT_TRUE(policies.errors.empty());
  ASSERT_EQ(policies.rules.size(), 2U);
  EXPECT_EQ(policies.rules[0].id, "b");
}

TEST_F(RuleLoader, ALaterFolderAddsRulesAndNeverShadowsOne) {
  write("a/r.yaml", simple("r"));
  write("b/s.yaml", simple("s"));
  EXPECT_EQ(read({"a", "b"}).rules.size(), 2U);
  write("b/r.yaml", simple("r"));
  const Policies policies = read({"a", "b"});
  ASSERT_EQ(policies.errors.size(), 1U);
  EXPECT_THAT(policies.errors[0].where, HasSubstr("b/r.yaml"));
  EXPECT_THAT(policies.errors[0].why, HasSubstr("a/r.yaml"));
}

TEST_F(RuleLoader, AYmlFileIsAnErrorAndNotSilentlyLeftOut) {
  write("a/r.yaml", simple("r"));
  write("a/s.yml", simple("s"));
  EXPECT_THAT(read({"a"}).errors.at(0).why, HasSubstr("*.yaml"));
}

TEST_F(RuleLoader, AMissingAndAnEmptyFolderAreErrors) {
  EXPECT_EQ(read({"nowhere"}).errors.at(0).kind, ErrorKind::not_found);
  EXPECT_THAT(read({"a"}).errors.at(0).why, HasSubstr("no *.yaml"));
}

TEST_F(RuleLoader, AFifoIsRefusedAndNotWaitedFor) {
  ASSERT_EQ(::mkfifo((root_ / "a/r.yaml").c_str(), 0600), 0);
  EXPECT_EQ(read({"a"}).errors.size(), 1U);
}

TEST_F(RuleLoader, AFileBeyondOneMebibyteIsRefused) {
  write("a/r.yaml", simple("r") + "# " + std::string(1U << 20U, 'x'));
  EXPECT_THAT(read({"a"}).errors.at(0).why, HasSubstr("larger than"));
}

TEST_F(RuleLoader, ABrokenFileIsNamedAndTheOthersAreRead) {
  write("a/r.yaml", "a: &a [*a]");
  write("a/s.yaml", simple("s"));
  const Policies policies = read({"a"});
  EXPECT_EQ(policies.rules.size(), 1U);
  EXPECT_THAT(policies.errors.at(0).where, HasSubstr("r.yaml:1:4"));
  const auto loaded = load_policies({root_ / "a"});
  ASSERT_FALSE(loaded) << "a broken policy must not be left out in silence";
  EXPECT_THAT(loaded.error().where, HasSubstr("r.yaml"));
}

}  // namespace
}  // namespace faultline::diagnosis
