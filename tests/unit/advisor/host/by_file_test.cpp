// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/by_file.h"

#include <fcntl.h>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>

#include "advisor/host/safe_open.h"
#include "tests/unit/advisor/support/temporary_tree.h"

namespace faultline::host {
namespace {

class ByFileTest : public testing::Test {
 protected:
  std::string text_of(const std::string& path) {
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    return known_.of(file, [&](const Fd& one) {
      ++reads_;
      return read_at(one, 0, 100).value_or("unreadable");
    });
  }
  test::TemporaryTree tree_;
  ByFile<std::string> known_;
  int reads_ = 0;
};

TEST_F(ByFileTest, AFileIsReadOnceByWhateverNameItIsOpened) {
  const std::string path = tree_.write("/a", "old");
  std::filesystem::create_hard_link(path, tree_.real("/b"));
  EXPECT_EQ(text_of(path), "old");
  EXPECT_EQ(text_of(tree_.real("/b")), "old");
  EXPECT_EQ(text_of(path), "old");
  EXPECT_EQ(reads_, 1);
}

TEST_F(ByFileTest, AFileThatReplacesAnotherIsAnother) {
  const std::string path = tree_.write("/a", "old");
  EXPECT_EQ(text_of(path), "old");
  // Removed first: the file system may give the new one the number of the inode that is free now. Of another length,
  // as the kernel may count time in steps of some ms.
  std::filesystem::remove(path);
  tree_.write("/a", "newer");
  EXPECT_EQ(text_of(path), "newer");
  std::filesystem::rename(tree_.write("/c", "the next"), path);
  EXPECT_EQ(text_of(path), "the next");
}

TEST_F(ByFileTest, AFileThatWasWrittenToIsReadAgain) {
  const std::string path = tree_.write("/a", "old");
  EXPECT_EQ(text_of(path), "old");
  tree_.write("/a", "longer");
  EXPECT_EQ(text_of(path), "longer");
}

TEST_F(ByFileTest, WhatIsNoFileIsAskedEachTime) {
  EXPECT_EQ(text_of(tree_.real("/none")), "unreadable");
  EXPECT_EQ(text_of(tree_.real("/none")), "unreadable");
  EXPECT_EQ(reads_, 2);
}

}  // namespace
}  // namespace faultline::host
