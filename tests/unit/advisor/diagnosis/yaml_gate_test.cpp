// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/yaml_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

namespace faultline::diagnosis {
namespace {

using ::testing::HasSubstr;

Error refused(const std::string& text) {
  const auto result = read_yaml(text, "p.yaml");
  EXPECT_FALSE(result) << text.substr(0, 100);
  return result ? Error{} : result.error();
}

TEST(YamlGate, KeepsPlacesAndQuotes) {
  const auto root = read_yaml("# comment\na: 1\nb:\n  - \"2\"\n  - ~\n", "p.yaml");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->find("a")->text, "1");
  EXPECT_FALSE(root->find("a")->quoted);
  const YamlNode& list = *root->find("b");
  EXPECT_TRUE(list.items[0].quoted);
  EXPECT_EQ(list.items[0].mark.line, 4);
  EXPECT_EQ(list.items[0].mark.column, 5);
  EXPECT_EQ(list.items[1].kind, YamlNode::Kind::null);
}

TEST(YamlGate, ACycleOfAliasesIsRefusedAndDoesNotCrash) {
  for (const auto* text :
       {"&a [*a]", "&a {b: *a}", "a: &x 1", "a: &x [1]\nb: *x", "a: *nothing", "&a ~", "? &k a\n: 1"}) {
    refused(text);
  }
  EXPECT_THAT(refused("a: &x [1]").why, HasSubstr("anchors"));
  EXPECT_EQ(refused("a: 1\nb: &x [1]").where, "p.yaml:2:4");
}

TEST(YamlGate, AChainOfAliasesIsRefusedAtItsFirstAnchor) {
  std::string bomb = "a: &a [x, x]\n";
  for (char c = 'b'; c <= 'z'; ++c) {
    const std::string before = "*" + std::string(1, static_cast<char>(c - 1));
    bomb += std::string(1, c) + ": &" + std::string(1, c) + " [" + before + ", " + before + "]\n";
  }
  EXPECT_THAT(refused(bomb).where, HasSubstr("p.yaml:1:"));
}

TEST(YamlGate, TagsMergeKeysAndKeysThatAreNoWordsAreRefused) {
  EXPECT_THAT(refused("a: !!python/object x").why, HasSubstr("tags"));
  EXPECT_THAT(refused("a: !x [1]").why, HasSubstr("tags"));
  EXPECT_THAT(refused("!!map {a: 1}").why, HasSubstr("tags"));
  EXPECT_THAT(refused("<<: {a: 1}").why, HasSubstr("merge keys"));
  EXPECT_THAT(refused("[1]: 2").why, HasSubstr("a key must be a word"));
  EXPECT_THAT(refused("~: 2").why, HasSubstr("a key must be a word"));
}

TEST(YamlGate, AKeyThatIsThereTwiceIsRefusedAtItsSecondPlace) {
  const Error error = refused("a: 1\nb: 2\n\"a\": 3");
  EXPECT_EQ(error.where, "p.yaml:3:1");
  EXPECT_THAT(error.why, HasSubstr("the key 'a' is there twice"));
}

TEST(YamlGate, ASecondDocumentIsRefused) {
  EXPECT_THAT(refused("a: 1\n---\nb: 2").why, HasSubstr("second document"));
  EXPECT_TRUE(read_yaml("---\na: 1\n...\n", "p.yaml"));
}

TEST(YamlGate, DepthSizeAndNumberOfValuesAreLimited) {
  EXPECT_THAT(refused(std::string(33, '[') + std::string(33, ']')).why, HasSubstr("nested deeper"));
  EXPECT_TRUE(read_yaml(std::string(32, '[') + std::string(32, ']'), "p.yaml"));
  refused(std::string(500000, '['));
  refused(std::string(500000, '{'));
  std::string blocks;
  for (int i = 0; i < 400; ++i) blocks += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  refused(blocks);
  EXPECT_THAT(refused(std::string((1 << 20) + 1, 'a')).why, HasSubstr("larger than"));
  std::string many = "[";
  for (int i = 0; i < 100001; ++i) many += "1,";
  EXPECT_THAT(refused(many + "]").why, HasSubstr("more than 100000"));
}

TEST(YamlGate, WhatIsNoYamlOrNoTextIsRefusedWithItsPlace) {
  for (const std::string text : {"", "a: [1", "a: b: c", "\"unterminated", "a:\n\t- b", "{", "- a\nb: 1",
                                 "%YAML 9.9\n---\na", "a: \"\\x1b\"", "a: \"\\0\""}) {
    EXPECT_THAT(refused(text).where, HasSubstr("p.yaml:")) << text;
  }
  refused(std::string("a: 1\0b", 6));
}

}  // namespace
}  // namespace faultline::diagnosis
