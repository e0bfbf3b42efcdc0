// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/support/memory_file.h"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>

namespace faultline::host {
namespace {

TEST(MemoryFile, IsReadByItsPathAndGoneWithTheObject) {
  std::string path;
  {
    const auto file = MemoryFile::open("a-test");
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->append("one, "));
    ASSERT_TRUE(file->append("two"));
    path = file->path();
    std::ifstream stream(path);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(stream), {}), "one, two");
  }
  EXPECT_FALSE(std::ifstream(path).is_open());
}

}  // namespace
}  // namespace faultline::host
