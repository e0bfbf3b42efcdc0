// SPDX-License-Identifier: Apache-2.0
#include "advisor/target/arenas.h"

#include <gmock/gmock.h>

#include "tests/unit/advisor/support/child.h"

namespace faultline::target {
namespace {

constexpr const char* probe_path = FAULTLINE_BINARY_DIR "/tests/probe";

unsigned arenas_in(std::string_view maps) { return count_arenas(host::parse_maps(maps).value()); }

unsigned arenas_of(pid_t pid) { return count_arenas(host::read_maps(host::Root::open("/").value(), pid).value()); }

TEST(Arenas, OfAProcessWithOneThreadIsTheMainOne) {
  const test::Child child({probe_path}, {"MALLOC_ARENA_MAX=8"});
  EXPECT_EQ(arenas_of(child.pid()), 1U);
}

TEST(Arenas, OfAProcessWithThreadsIsOneForEach) {
  // As many as are allowed on any machine: without the variable it is eight times the CPUs (mallopt(3)).
  const test::Child child({probe_path, "5"}, {"MALLOC_ARENA_MAX=8"});
  EXPECT_EQ(arenas_of(child.pid()), 6U);
}

TEST(Arenas, AreAtMostWhatIsAllowed) {
  const test::Child child({probe_path, "6"}, {"MALLOC_ARENA_MAX=3"});
  EXPECT_EQ(arenas_of(child.pid()), 3U);
}

TEST(Arenas, AreKnownByAnAlignedHeapAndItsReserve) {
  EXPECT_EQ(arenas_in(""), 1U);
  EXPECT_EQ(arenas_in("7f1c54000000-7f1c54021000 rw-p 00000000 00:00 0 \n"
                      "7f1c54021000-7f1c58000000 ---p 00000000 00:00 0 \n"),
            2U);
  EXPECT_EQ(arenas_in("7f1c54000000-7f1c58000000 rw-p 00000000 00:00 0 \n"), 2U) << "grown to its end";
  EXPECT_EQ(arenas_in("7f1c54000000-7f1c54021000 rw-p 00000000 00:00 0 [anon: glibc: malloc arena]\n"
                      "7f1c54021000-7f1c58000000 ---p 00000000 00:00 0 [anon: glibc: malloc arena]\n"),
            2U);
}

TEST(Arenas, AreNotOtherMappings) {
  for (const char* maps : {
           "7f1c54001000-7f1c54021000 rw-p 00000000 00:00 0 \n7f1c54021000-7f1c58001000 ---p 00000000 00:00 0 \n",
           "7f1c54000000-7f1c54021000 rw-p 00000000 00:00 0 \n",
           "7f1c54000000-7f1c54021000 rw-p 00000000 00:00 0 \n7f1c54022000-7f1c58000000 ---p 00000000 00:00 0 \n",
           "7f1c54000000-7f1c54021000 rw-p 00000000 00:00 0 \n7f1c54021000-7f1c58000000 r--p 00000000 00:00 0 \n",
           "7f1c54000000-7f1c54021000 rw-p 00000000 fd:01 7 /f\n7f1c54021000-7f1c58000000 ---p 00000000 00:00 0 \n",
           "7f1c54000000-7f1c54021000 rw-s 00000000 00:00 0 \n7f1c54021000-7f1c58000000 ---p 00000000 00:00 0 \n",
           "7f1c54000000-7f1c54021000 rwxp 00000000 00:00 0 \n7f1c54021000-7f1c58000000 ---p 00000000 00:00 0 \n",
       }) {
    EXPECT_EQ(arenas_in(maps), 1U) << maps;
  }
}

}  // namespace
}  // namespace faultline::target
