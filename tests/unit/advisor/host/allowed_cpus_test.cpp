// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/allowed_cpus.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include "tests/unit/advisor/support/temporary_tree.h"

namespace faultline::host {
namespace {

TEST(AllowedCpus, AreThoseOfTheAffinity) {
  const auto root = Root::open();
  ASSERT_TRUE(root);
  cpu_set_t affinity{};
  ASSERT_EQ(::sched_getaffinity(0, sizeof affinity, &affinity), 0);
  const auto cpus = read_allowed_cpus(*root, ::getpid());
  ASSERT_TRUE(cpus);
  EXPECT_EQ(cpus->size(), static_cast<std::size_t>(CPU_COUNT(&affinity)));
  for (const unsigned cpu : *cpus) EXPECT_TRUE(CPU_ISSET(cpu, &affinity)) << cpu;
}

TEST(AllowedCpus, OfAFileWithoutThemAreAnError) {
  const test::TemporaryTree tree;
  tree.write("/proc/7/status", "Name:\tCpus_allowed_list:\t0\nUid:\t0\n");
  EXPECT_FALSE(read_allowed_cpus(tree.root(), 7)) << "a process may be named like the field";
  tree.write("/proc/7/status", "Name:\tx\nCpus_allowed_list:\t0-\xff\n");
  EXPECT_FALSE(read_allowed_cpus(tree.root(), 7));
  tree.write("/proc/7/status", "Name:\tx\nCpus_allowed_list:\t4-5\nMems_allowed_list:\t0\n");
  EXPECT_EQ(read_allowed_cpus(tree.root(), 7)->size(), 2U);
  EXPECT_FALSE(read_allowed_cpus(tree.root(), 8)) << "nobody there";
}

}  // namespace
}  // namespace faultline::host
