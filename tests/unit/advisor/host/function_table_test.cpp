// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/function_table.h"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

#include "advisor/host/safe_open.h"

namespace faultline::host {
namespace {

Fd open_file(const std::string& path) { return Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC)); }

TEST(FunctionTable, FindsAFunctionByNameAndByPlace) {
  const auto table = FunctionTable::read(open_file("/proc/self/exe"));
  ASSERT_TRUE(table);
  const auto main = table->find("main");
  ASSERT_TRUE(main);
  const auto inside = table->at(main->offset + 1);
  ASSERT_TRUE(inside);
  EXPECT_EQ(inside->offset, main->offset);
  EXPECT_LE(table->end_of_function_before(main->offset), main->offset);
}

TEST(FunctionTable, NothingHoldsAPlaceOutsideEveryFunction) {
  const auto table = FunctionTable::read(open_file("/proc/self/exe"));
  ASSERT_TRUE(table);
  EXPECT_FALSE(table->at(0));  // the ELF header
  EXPECT_FALSE(table->find("no such function"));
  EXPECT_EQ(table->end_of_function_before(0), 0U);
}

TEST(FunctionTable, AFileThatIsNoExecutableIsAnError) {
  const auto table = FunctionTable::read(open_file("/etc/passwd"));
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().kind, ErrorKind::input);
}

TEST(FunctionTable, OutlivesEveryWayAFileCanBeCutShort) {
  const auto whole = read_at(open_file("/proc/self/exe"), 0, 64U << 20U);
  ASSERT_TRUE(whole);
  const std::string path = std::filesystem::temp_directory_path() / ("function_table_" + std::to_string(::getpid()));
  for (std::size_t part = 1; part < 40; ++part) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << whole->substr(0, whole->size() * part / 40);
    const auto table = FunctionTable::read(open_file(path));
    if (table) {
      EXPECT_FALSE(table->find("no such function"));
    }
  }
  // Garbage behind a true header.
  std::ofstream(path, std::ios::binary | std::ios::trunc) << whole->substr(0, 64) << std::string(100000, '\xff');
  (void)FunctionTable::read(open_file(path));
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace faultline::host
