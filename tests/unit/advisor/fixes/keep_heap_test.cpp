// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/unit/advisor/fixes/samples.h"

namespace faultline {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Proposal proposed(const Snapshot& snapshot) { return propose("keep-heap", snapshot); }

std::string refused_with(const char* fact, FactValue value) {
  Snapshot snapshot = trimming_service();
  set(snapshot, fact, std::move(value));
  return why_not(proposed(snapshot));
}

TEST(KeepHeap, SetsTheThreeThatBelongTogether) {
  const Proposal proposal = proposed(trimming_service());
  EXPECT_EQ(why_not(proposal), "");
  EXPECT_THAT(settings_of(proposal), ElementsAre("MALLOC_TRIM_THRESHOLD_=2147483647", "MALLOC_MMAP_THRESHOLD_=33554432",
                                                 "MALLOC_TOP_PAD_=67108864"));
}

TEST(KeepHeap, SaysPriceAndEffectInTheNumbersOfTheTarget) {
  const Proposal proposal = proposed(trimming_service());
  EXPECT_EQ(proposal.price, "about 400 MiB stay resident; 200 MiB are now, and 1 GiB can still be had");
  EXPECT_EQ(proposal.expected.at("faults.minor.per_second"), "falls by about 90 %");
  EXPECT_THAT(proposal.notes, Contains(HasSubstr("each of 9 arenas")));
}

TEST(KeepHeap, RefusesWhereMallocHasToBeSeenGivingBackAndIsNot) {
  Snapshot snapshot = trimming_service();
  EXPECT_EQ(why_not(propose("keep-heap", snapshot, {{"seen", 1}})), "");
  forget(snapshot, "heap.give_back.by_allocator.share");
  EXPECT_THAT(why_not(propose("keep-heap", snapshot, {{"seen", 1}})), HasSubstr("was not seen giving memory back"));
  EXPECT_EQ(why_not(proposed(snapshot)), "");
}

TEST(KeepHeap, NeverSetsTheTrimThresholdAlone) {
  for (const bool strict : {false, true}) {
    Snapshot snapshot = trimming_service();
    set(snapshot, "host.overcommit_strict", strict);
    const auto settings = settings_of(proposed(snapshot));
    EXPECT_THAT(settings, Contains("MALLOC_MMAP_THRESHOLD_=33554432")) << strict;
  }
}

TEST(KeepHeap, SaysWhichBlocksItCanNotKeepWhereThereCanBeSuch) {
  Snapshot snapshot = trimming_service();
  EXPECT_THAT(proposed(snapshot).notes, Contains(HasSubstr("more than 64 MiB")));
  set(snapshot, "memory.anon.peak_bytes", 60.0 * 1024 * 1024);
  EXPECT_THAT(proposed(snapshot).notes, Not(Contains(HasSubstr("more than 64 MiB"))));
}

TEST(KeepHeap, LeavesOutWhatReservesWhereReservedMemoryCounts) {
  Snapshot snapshot = trimming_service();
  const auto is_left_out = [&] {
    const Proposal proposal = proposed(snapshot);
    EXPECT_THAT(proposal.notes, Contains(HasSubstr("MALLOC_TOP_PAD_ is left out")));
    return settings_of(proposal).size() == 2;
  };
  set(snapshot, "host.overcommit_strict", true);
  EXPECT_TRUE(is_left_out());
  forget(snapshot, "host.overcommit_strict");
  EXPECT_TRUE(is_left_out()) << "unknown is not fine";
  set(snapshot, "host.overcommit_strict", false);
  set(snapshot, "memory.locked_bytes", 4096.0);
  EXPECT_TRUE(is_left_out());
  forget(snapshot, "memory.locked_bytes");
  EXPECT_TRUE(is_left_out());
}

TEST(KeepHeap, SizesTheThresholdForLargeHeaps) {
  Snapshot snapshot = trimming_service();
  set(snapshot, "memory.anon.peak_bytes", 20.0 * 1024 * mib);
  set(snapshot, "memory.headroom_bytes", 200.0 * 1024 * mib);
  EXPECT_THAT(settings_of(proposed(snapshot)), Contains("MALLOC_TRIM_THRESHOLD_=42949672960"));
  set(snapshot, "runtime.libc", std::string("glibc 2.17"));
  EXPECT_THAT(settings_of(proposed(snapshot)), Contains("MALLOC_TRIM_THRESHOLD_=2147483647"))
      << "before 2.26 the variable is read as an int";
}

TEST(KeepHeap, GoesIntoTheTunablesThatWouldWin) {
  Snapshot snapshot = trimming_service();
  snapshot.process.environment["GLIBC_TUNABLES"] = "glibc.malloc.tcache_count=0";
  EXPECT_THAT(settings_of(proposed(snapshot)), Contains("MALLOC_TOP_PAD_=67108864")) << "they do not meet";
  snapshot.unit->environment["GLIBC_TUNABLES"] = "glibc.malloc.trim_threshold=1:glibc.malloc.tcache_count=0";
  EXPECT_THAT(settings_of(proposed(snapshot)),
              ElementsAre("GLIBC_TUNABLES=glibc.malloc.trim_threshold=2147483647:glibc.malloc.mmap_threshold=33554432:"
                          "glibc.malloc.top_pad=67108864"));
}

TEST(KeepHeap, RefusesWhatIsThereAlready) {
  EXPECT_THAT(refused_with("allocator.heap_keeps_memory", true), HasSubstr("already"));
  Snapshot snapshot = trimming_service();
  snapshot.process.environment["GLIBC_TUNABLES"] =
      "glibc.malloc.top_pad=67108864:glibc.malloc.trim_threshold=2147483647:glibc.malloc.mmap_threshold=33554432";
  EXPECT_THAT(why_not(proposed(snapshot)), HasSubstr("already"));
}

TEST(KeepHeap, NamesTheKnobOfAnotherAllocator) {
  EXPECT_THAT(refused_with("allocator.kind", std::string("jemalloc")), HasSubstr("dirty_decay_ms"));
  EXPECT_THAT(refused_with("allocator.kind", std::string("tcmalloc")), HasSubstr("TCMALLOC_RELEASE_RATE=0"));
  EXPECT_THAT(refused_with("allocator.kind", std::string("mimalloc")), HasSubstr("MIMALLOC_PURGE_DELAY=-1"));
  EXPECT_THAT(refused_with("allocator.kind", std::string("musl")), HasSubstr("musl"));
  EXPECT_THAT(refused_with("allocator.kind", std::string("hoard")), HasSubstr("the allocator is hoard"));
}

TEST(KeepHeap, NamesTheKnobOfARuntimeWithItsOwnHeap) {
  EXPECT_THAT(refused_with("runtime.kind", std::string("go")), HasSubstr("GOMEMLIMIT"));
  EXPECT_THAT(refused_with("runtime.kind", std::string("jvm")), HasSubstr("-Xms"));
  EXPECT_THAT(refused_with("runtime.kind", std::string("dotnet")), HasSubstr("GCRetainVM"));
  EXPECT_THAT(refused_with("runtime.kind", std::string("node")), HasSubstr("V8"));
  EXPECT_EQ(refused_with("runtime.kind", std::string("ruby")), "");
  Snapshot snapshot = trimming_service();
  set(snapshot, "runtime.kind", std::string("python"));
  EXPECT_THAT(proposed(snapshot).notes, Contains(HasSubstr("512 bytes")));
}

TEST(KeepHeap, RefusesWhereTheSettingsAreNotRead) {
  EXPECT_THAT(refused_with("process.secure", true), HasSubstr("AT_SECURE"));
  EXPECT_THAT(refused_with("runtime.libc", std::string("musl")), HasSubstr("not glibc"));
  EXPECT_THAT(refused_with("runtime.linkage", std::string("static")), HasSubstr("static"));
  Snapshot snapshot = trimming_service();
  for (const auto* architecture : {"i686", "armv7l"}) {
    snapshot.host.architecture = architecture;
    EXPECT_THAT(why_not(proposed(snapshot)), HasSubstr("32-bit"));
  }
}

TEST(KeepHeap, RefusesWhereTheProgramItselfGivesBack) {
  EXPECT_THAT(refused_with("heap.give_back.by_allocator.share", 0.1), HasSubstr("only 10 %"));
  EXPECT_EQ(refused_with("heap.give_back.by_allocator.share", 0.5), "");
  Snapshot snapshot = trimming_service();
  forget(snapshot, "heap.give_back.by_allocator.share");
  EXPECT_THAT(proposed(snapshot).notes, Contains(HasSubstr("is not known")));
}

TEST(KeepHeap, RefusesWithoutRoomForWhatWouldStay) {
  EXPECT_EQ(refused_with("memory.headroom_bytes", 251 * mib), "");
  const std::string why = refused_with("memory.headroom_bytes", 249 * mib);
  EXPECT_THAT(why, HasSubstr("about 250 MiB more would stay resident")) << "a quarter above the difference to the peak";
  EXPECT_THAT(why, HasSubstr("leaves 249 MiB"));
  EXPECT_THAT(refused_with("memory.hwm_bytes", 8192 * mib), HasSubstr("would stay")) << "an old peak stays too";
}

TEST(KeepHeap, RefusesLockedHeaps) {
  EXPECT_THAT(refused_with("memory.locked_bytes", 220 * mib), HasSubstr("mlockall"));
}

TEST(KeepHeap, AnUnknownFactThatItsSafetyNeedsIsARefusalWithTheWayToKnow) {
  for (const auto* fact : {"allocator.kind", "runtime.libc", "process.secure", "allocator.heap_keeps_memory",
                           "memory.anon.peak_bytes", "memory.anon_bytes", "memory.headroom_bytes"}) {
    Snapshot snapshot = trimming_service();
    forget(snapshot, fact);
    const std::string why = why_not(proposed(snapshot));
    EXPECT_THAT(why, HasSubstr(std::string(fact) + " is unknown (no permission)"));
    EXPECT_THAT(why, HasSubstr("run as root"));
  }
  EXPECT_THAT(why_not(proposed(Snapshot{})), HasSubstr("was not measured"));
}

}  // namespace
}  // namespace faultline
