// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/root.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/unit/advisor/support/temporary_tree.h"

namespace faultline::host {
namespace {

using test::TemporaryTree;
using ::testing::ElementsAre;

TEST(Root, ReadsInsideItself) {
  const TemporaryTree tree;
  tree.write("/proc/41/stat", "text");
  const Root root = tree.root();
  EXPECT_EQ(root.read("/proc/41/stat").value(), "text");
  EXPECT_TRUE(root.exists("/proc/41/stat"));
  EXPECT_FALSE(root.exists("/proc/42/stat"));
  EXPECT_THAT(root.list("/proc").value(), ElementsAre("41"));
  EXPECT_THAT(root.list("/").value(), ElementsAre("proc"));
}

TEST(Root, KeepsWhatItReadUntilItForgets) {
  const TemporaryTree tree;
  tree.write("/proc/stat", "first");
  Root keeping = tree.root().keeping().value();
  EXPECT_EQ(keeping.read("/proc/stat").value(), "first");
  EXPECT_EQ(keeping.read("/proc/vmstat").error().kind, ErrorKind::not_found);
  tree.write("/proc/stat", "second");
  tree.write("/proc/vmstat", "there");
  EXPECT_EQ(keeping.read("/proc/stat").value(), "first");
  EXPECT_EQ(keeping.read("/proc/vmstat").error().kind, ErrorKind::not_found);
  EXPECT_EQ(tree.root().read("/proc/stat").value(), "second");
  keeping.forget();
  EXPECT_EQ(keeping.read("/proc/stat").value(), "second");
  EXPECT_EQ(keeping.read("/proc/vmstat").value(), "there");
}

TEST(Root, KeepsWhatWasInAFolderAndNothingThatIsReadNow) {
  const TemporaryTree tree;
  tree.write("/proc/41/task/41/stat", "first");
  Root keeping = tree.root().keeping().value();
  EXPECT_THAT(keeping.list("/proc/41/task").value(), ElementsAre("41"));
  EXPECT_EQ(keeping.read_now("/proc/41/task/41/stat").value(), "first");
  tree.write("/proc/41/task/41/stat", "second");
  tree.write("/proc/41/task/42/stat", "another");
  EXPECT_THAT(keeping.list("/proc/41/task").value(), ElementsAre("41"));
  EXPECT_EQ(keeping.read_now("/proc/41/task/41/stat").value(), "second");
  keeping.forget();
  EXPECT_THAT(keeping.list("/proc/41/task").value(), ElementsAre("41", "42"));
}

TEST(Root, KeepsNoTextForOneWhoAllowsLess) {
  const TemporaryTree tree;
  tree.write("/a", std::string(100, 'x'));
  const Root keeping = tree.root().keeping().value();
  EXPECT_EQ(keeping.read("/a", 99).error().kind, ErrorKind::io);
  EXPECT_EQ(keeping.read("/a", 100).value().size(), 100U);
  EXPECT_EQ(keeping.read("/a", 99).error().kind, ErrorKind::io);
}

TEST(Root, NeverCutsInSilence) {
  const TemporaryTree tree;
  tree.write("/a", std::string(100, 'x'));
  EXPECT_EQ(tree.root().read("/a", 100).value().size(), 100U);
  EXPECT_EQ(tree.root().read("/a", 99).error().kind, ErrorKind::io);
}

TEST(Root, SaysWhyNot) {
  const TemporaryTree tree;
  tree.write("/file", "");
  const Root root = tree.root();
  EXPECT_EQ(root.read("/none").error().kind, ErrorKind::not_found);
  EXPECT_EQ(root.read("/none").error().where, "/none");
  EXPECT_EQ(root.read("/file/below").error().kind, ErrorKind::not_found);
  EXPECT_EQ(root.read("/").error().kind, ErrorKind::io);  // a folder
  EXPECT_EQ(root.list("/file").error().kind, ErrorKind::not_found);
  EXPECT_EQ(root.read_link("/none").error().kind, ErrorKind::not_found);
  EXPECT_EQ(Root::open("/nonexistent").error().kind, ErrorKind::not_found);
}

TEST(Root, DoesNotWaitForAFifo) {
  const TemporaryTree tree;
  ASSERT_EQ(::mkfifo(tree.real("/fifo").c_str(), 0600), 0);
  EXPECT_FALSE(tree.root().read("/fifo"));
}

TEST(Root, StaysWithTheFolderThatItOpened) {
  const TemporaryTree tree;
  tree.write("/old/a", "old");
  const Root root = *Root::open(tree.real("/old"));
  std::filesystem::rename(tree.real("/old"), tree.real("/moved"));
  tree.write("/old/a", "new");
  EXPECT_EQ(root.read("/a").value(), "old");
}

}  // namespace
}  // namespace faultline::host
