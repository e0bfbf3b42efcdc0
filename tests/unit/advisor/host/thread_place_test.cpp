// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/thread_place.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include "tests/unit/advisor/support/temporary_tree.h"

namespace faultline::host {
namespace {

// Fields 3 to 41 of proc_pid_stat(5): processor, field 39, is 5.
constexpr std::string_view stat_fields =
    "S 1 2 3 0 -1 4194560 100 999 7 888 250 50 0 0 20 0 4 0 12345 1000000 200 18446744073709551615 1 1 0 0 0 0 0 0 0 0 "
    "0 0 17 5 0 0 0 0\n";

TEST(LastCpu, IsField39WhateverTheNameHolds) {
  const test::TemporaryTree tree;
  for (const std::string name : {"worker", "a) S 1 2", ") 9", "\n"}) {
    tree.write("/proc/41/task/42/stat", "42 (" + name + ") " + std::string(stat_fields));
    const auto cpu = read_last_cpu(tree.root(), 41, 42);
    ASSERT_TRUE(cpu) << name;
    EXPECT_EQ(*cpu, 5U);
  }
}

TEST(LastCpu, OfACutFileIsAnError) {
  const test::TemporaryTree tree;
  for (const std::string text : {"", "42 (x", "42 (x) S 1 2 3\n", "42 (x) "}) {
    tree.write("/proc/41/task/42/stat", text);
    EXPECT_FALSE(read_last_cpu(tree.root(), 41, 42)) << text;
  }
  EXPECT_FALSE(read_last_cpu(tree.root(), 41, 43));
}

TEST(LastCpu, IsWhereThisThreadWasPinned) {
  cpu_set_t before, one;
  ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &before)) continue;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    ASSERT_EQ(::sched_setaffinity(0, sizeof one, &one), 0);
    EXPECT_EQ(*read_last_cpu(*Root::open(), ::getpid(), ::gettid()), static_cast<unsigned>(cpu));
  }
  ::sched_setaffinity(0, sizeof before, &before);
}

TEST(MigratedPages, AreReadByTheirName) {
  const test::TemporaryTree tree;
  tree.write("/proc/41/task/42/sched",
             "worker (42, #threads: 1)\n---\nse.nr_migrations    :   5\nnuma_pages_migrated        :      1234\n"
             "numa_preferred_nid   :   -1\ntotal_numa_faults   :   99\n");
  EXPECT_EQ(*read_numa_pages_migrated(tree.root(), 41, 42), 1234U);
}

TEST(MigratedPages, OfAKernelWithoutThemAreUnsupported) {
  const test::TemporaryTree tree;
  tree.write("/proc/41/task/42/sched", "numa_pages_migrated (42, #threads: 1)\n---\nse.nr_migrations : 5\nnuma_pages");
  const auto pages = read_numa_pages_migrated(tree.root(), 41, 42);
  ASSERT_FALSE(pages);
  EXPECT_EQ(pages.error().kind, ErrorKind::unsupported);
}

}  // namespace
}  // namespace faultline::host
