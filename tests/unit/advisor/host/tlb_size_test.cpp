// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/tlb_size.h"

#include <gtest/gtest.h>
#include <vector>

namespace faultline::host {
namespace {

TEST(TlbSize, OfIntelIsTheSecondLevelForData) {
  const CpuidAnswer first_level{0, (16U << 16U) | 1U, 4, 1U | (1U << 5U)};
  const CpuidAnswer of_code{0, (8U << 16U) | 1U, 256, 2U | (2U << 5U)};
  const CpuidAnswer of_large_pages{0, (16U << 16U) | 8U, 512, 3U | (2U << 5U)};
  const CpuidAnswer shared{0, (12U << 16U) | 3U, 128, 3U | (2U << 5U)};
  EXPECT_EQ(entries_of_leaf_18(std::vector{first_level, of_code, of_large_pages, shared}), 1536U);
  EXPECT_FALSE(entries_of_leaf_18(std::vector{first_level, of_code, of_large_pages}));
  EXPECT_FALSE(entries_of_leaf_18({}));
}

TEST(TlbSize, ThatCanNotBeIsNone) {
  const CpuidAnswer absurd{0, 0xffffffffU, 0xffffffffU, 3U | (2U << 5U)};
  EXPECT_FALSE(entries_of_leaf_18(std::vector{absurd}));
  EXPECT_FALSE(entries_of_leaf_18(std::vector{CpuidAnswer{}}));
}

TEST(TlbSize, OfAmdIsInOneWord) {
  EXPECT_EQ(entries_of_leaf_80000006({0, (6U << 28U) | (2048U << 16U) | 0x4200U, 0, 0}), 2048U);
  EXPECT_FALSE(entries_of_leaf_80000006({0, 2048U << 16U, 0, 0})) << "associativity 0: disabled";
  EXPECT_FALSE(entries_of_leaf_80000006({}));
}

TEST(TlbSize, OfThisMachineIsSensible) {
  const auto entries = second_level_dtlb_entries();
  if (!entries) GTEST_SKIP() << "cpuid does not tell here";
  EXPECT_GE(*entries, 16U);
  EXPECT_LE(*entries, 65536U);
}

}  // namespace
}  // namespace faultline::host
