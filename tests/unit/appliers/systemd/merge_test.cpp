// SPDX-License-Identifier: Apache-2.0
#include "appliers/systemd/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace faultline::systemd {
namespace {

using testing::HasSubstr;

std::string merged(std::string_view variable, const std::optional<std::string>& existing, std::string_view wanted) {
  const auto value = merged_value(variable, existing, wanted);
  return value ? *value : "refused: " + value.error().why;
}

TEST(Merge, KeepsTheOtherTunables) {
  EXPECT_EQ(merged("GLIBC_TUNABLES", std::nullopt, "glibc.malloc.top_pad=1"), "glibc.malloc.top_pad=1");
  EXPECT_EQ(merged("GLIBC_TUNABLES", "glibc.malloc.tcache_count=0:glibc.malloc.top_pad=5:glibc.rtld.nns=4",
                   "glibc.malloc.top_pad=1:glibc.malloc.arena_max=2"),
            "glibc.malloc.tcache_count=0:glibc.malloc.top_pad=1:glibc.rtld.nns=4:glibc.malloc.arena_max=2");
}

TEST(Merge, LeavesOutTheColonThatNewGlibcDropsTheListFor) {
  EXPECT_EQ(merged("GLIBC_TUNABLES", ":a.b=1::", "c.d=2"), "a.b=1:c.d=2");
}

TEST(Merge, RefusesAListThatNewGlibcDrops) {
  for (const auto* list : {"a.b", "a.b=", "=1", "a.b=1=2", "a.b=1 2", "x:a.b=1"}) {
    EXPECT_THAT(merged("GLIBC_TUNABLES", list, "c.d=2"), HasSubstr("refused: a part of it")) << list;
    EXPECT_THAT(merged("GLIBC_TUNABLES", std::nullopt, list), HasSubstr("refused: a part of it")) << list;
  }
}

TEST(Merge, PutsALibraryBehindThoseThatAreThere) {
  EXPECT_EQ(merged("LD_PRELOAD", std::nullopt, "/usr/lib/libx.so"), "/usr/lib/libx.so");
  EXPECT_EQ(merged("LD_PRELOAD", "/a.so /b.so", "/usr/lib/libx.so"), "/a.so:/b.so:/usr/lib/libx.so");
  EXPECT_EQ(merged("LD_PRELOAD", "/a.so:/b.so", "/b.so"), "/a.so:/b.so");
}

TEST(Merge, RefusesASecondAllocator) {
  EXPECT_THAT(merged("LD_PRELOAD", "/usr/lib/libtcmalloc_minimal.so.4", "/usr/lib/libjemalloc.so.2"),
              HasSubstr("refused: another allocator"));
  EXPECT_EQ(merged("LD_PRELOAD", "/usr/lib/libjemalloc.so.2", "/usr/lib/libjemalloc.so.2"),
            "/usr/lib/libjemalloc.so.2");
}

TEST(Merge, ReplacesWhatIsNoList) { EXPECT_EQ(merged("MALLOC_ARENA_MAX", "4", "2"), "2"); }

}  // namespace
}  // namespace faultline::systemd
