// SPDX-License-Identifier: Apache-2.0
// Where real processes call their allocator.
#include "advisor/target/allocation_functions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

#include "tests/unit/advisor/support/working_child.h"

namespace faultline::target {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(AllocationFunctions, OfADynamicProgramAreLibcs) {
  const auto machine = host::inspect_machine();
  ASSERT_TRUE(machine);
  const test::WorkingChild child([] {});
  const auto files = find_allocation_functions(*machine, child.pid());
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer has an allocator of its own";
#endif
  if (!files) {
    EXPECT_THAT(files.error().why, ::testing::AnyOf(HasSubstr("begins with"), HasSubstr("musl"), HasSubstr("x86-64")));
    GTEST_SKIP() << files.error().why;
  }
  ASSERT_EQ(files->size(), 1U) << "libstdc++'s operators call malloc and are not counted beside it";
  EXPECT_THAT(files->front().where, StartsWith("malloc of libc"));
  std::set<std::uint64_t> offsets;
  for (const auto& entry : files->front().entries) {
    EXPECT_TRUE(offsets.insert(entry.offset).second) << "an alias is probed twice";
  }
}

TEST(AllocationFunctions, OfAProcessThatIsNotThereAreAnError) {
  const auto machine = host::inspect_machine();
  ASSERT_TRUE(machine);
  EXPECT_FALSE(find_allocation_functions(*machine, 0x7ffffff0));
}

}  // namespace
}  // namespace faultline::target
