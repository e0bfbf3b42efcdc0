// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/unit/advisor/fixes/samples.h"

namespace faultline {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

Proposal proposed_limit(const Snapshot& snapshot) { return propose("limit-arenas", snapshot); }

TEST(LimitArenas, LimitsWhereThereAreSeveral) {
  const Proposal proposal = proposed_limit(trimming_service());
  EXPECT_THAT(settings_of(proposal), ElementsAre("MALLOC_ARENA_MAX=2"));
  EXPECT_EQ(proposal.price, "8 threads share 2 arenas instead of 9, and wait for their locks inside malloc");
}

TEST(LimitArenas, RefusesWhereItWouldChangeNothing) {
  Snapshot snapshot = trimming_service();
  set(snapshot, "allocator.arenas", 2.0);
  EXPECT_THAT(why_not(proposed_limit(snapshot)), HasSubstr("it has 2 arenas"));
  forget(snapshot, "allocator.arenas");
  EXPECT_THAT(why_not(proposed_limit(snapshot)), HasSubstr("allocator.arenas is unknown"));
}

TEST(LimitArenas, SeesALimitThatIsThere) {
  Snapshot snapshot = trimming_service();
  snapshot.process.environment["MALLOC_ARENA_MAX"] = "1";
  EXPECT_THAT(why_not(proposed_limit(snapshot)), HasSubstr("limited to 1 already"));
  snapshot.process.environment["MALLOC_ARENA_MAX"] = "4";
  EXPECT_THAT(proposed_limit(snapshot).notes, Contains(HasSubstr("replaces a limit of 4")));
  snapshot.process.environment["MALLOC_ARENA_MAX"] = "0";
  EXPECT_EQ(why_not(proposed_limit(snapshot)), "") << "glibc ignores 0";
  snapshot.process.environment["GLIBC_TUNABLES"] = "glibc.malloc.arena_max=8";
  EXPECT_THAT(settings_of(proposed_limit(snapshot)), ElementsAre("GLIBC_TUNABLES=glibc.malloc.arena_max=2"))
      << "the tunable wins over the variable";
}

TEST(LimitArenas, RefusesWhatIsNotMallocs) {
  Snapshot snapshot = trimming_service();
  set(snapshot, "heap.give_back.by_allocator.share", 0.0);
  EXPECT_THAT(why_not(proposed_limit(snapshot)), HasSubstr("the program itself"));
  snapshot = trimming_service();
  set(snapshot, "allocator.kind", std::string("jemalloc"));
  EXPECT_THAT(why_not(proposed_limit(snapshot)), HasSubstr("jemalloc"));
}

}  // namespace
}  // namespace faultline
