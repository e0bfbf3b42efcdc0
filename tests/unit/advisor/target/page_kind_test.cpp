// SPDX-License-Identifier: Apache-2.0
#include "advisor/target/page_kind.h"

#include <gtest/gtest.h>

namespace faultline::target {
namespace {

// As Linux 6.1 lists a threaded program: an arena's heap with its reserve, a full heap, a large block, a mapped file.
const char* const maps =
    "55d0c0000000-55d0c0021000 rw-p 00000000 00:00 0                          [heap]\n"
    "7f2ab0000000-7f2ab0021000 rw-p 00000000 00:00 0 \n"
    "7f2ab0021000-7f2ab4000000 ---p 00000000 00:00 0 \n"
    "7f2ab4000000-7f2ab8000000 rw-p 00000000 00:00 0 \n"
    "7f2ab9000000-7f2ab9800000 rw-p 00000000 00:00 0 \n"
    "7f2aba000000-7f2aba100000 r--p 00000000 08:01 4242                       /srv/table\n"
    "7f2aba200000-7f2aba300000 rw-s 00000000 00:01 77                         /dev/zero (deleted)\n"
    "7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0                          [stack]\n";

PageKind kind(std::uint64_t address) { return page_kind(host::parse_maps(maps).value(), address); }

TEST(PageKind, IsByTheMappingThatHoldsTheAddress) {
  EXPECT_EQ(kind(0x55d0c0000000), PageKind::heap);
  EXPECT_EQ(kind(0x55d0c0020fff), PageKind::heap);
  EXPECT_EQ(kind(0x7f2ab0001000), PageKind::arena);
  EXPECT_EQ(kind(0x7f2ab7fff000), PageKind::arena) << "a heap that is full has no reserve behind it";
  EXPECT_EQ(kind(0x7f2ab9000000), PageKind::anonymous);
  EXPECT_EQ(kind(0x7f2aba000000), PageKind::file);
  EXPECT_EQ(kind(0x7f2aba200000), PageKind::file) << "shared memory";
  EXPECT_EQ(kind(0x7ffd00020000), PageKind::stack);
}

TEST(PageKind, OfAnAddressInNoMappingIsGone) {
  EXPECT_EQ(kind(0), PageKind::gone);
  EXPECT_EQ(kind(0x55d0c0021000), PageKind::gone) << "the end is not in it";
  EXPECT_EQ(kind(0x7f2ab9800000), PageKind::gone);
  EXPECT_EQ(kind(0x7fff00000000), PageKind::gone);
  EXPECT_EQ(page_kind({}, 0x1000), PageKind::gone);
}

}  // namespace
}  // namespace faultline::target
