// SPDX-License-Identifier: Apache-2.0
// Real threads on real CPUs, each of which is taken for a node.
#include "advisor/ladder/support/thread_nodes.h"

#include <gtest/gtest.h>
#include <sched.h>

#include "tests/unit/advisor/support/watched_child.h"

namespace faultline {
namespace {

using test::WorkingChild;

std::vector<unsigned> own_cpus() {
  cpu_set_t set;
  std::vector<unsigned> cpus;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  return cpus;
}

host::NumaTopology a_node_each(const std::vector<unsigned>& cpus) {
  host::NumaTopology topology;
  for (const unsigned cpu : cpus) topology.nodes.push_back({cpu, *host::parse_cpu_list(std::to_string(cpu)), 1, 0});
  return topology;
}

void pin_to(unsigned cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0) ::_exit(1);
}

void use_the_cpu() {
  for (volatile unsigned long i = 0; i < 20000000UL;) {
    const unsigned long next = i + 1;
    i = next;
  }
}

class NodesOfAChild : public test::WatchedChild {
 protected:
  void look(const host::NumaTopology& topology) { nodes_.look(machine_->root, *watch_, topology); }
  ThreadNodes nodes_;
};

TEST_F(NodesOfAChild, TimeIsOfTheNodeOnWhichItRanAndOfTheWindowAlone) {
  const auto cpus = own_cpus();
  if (cpus.size() < 2) GTEST_SKIP() << "one CPU";
  const auto topology = a_node_each(cpus);
  const WorkingChild child([&] {
    pin_to(cpus[1]);
    use_the_cpu();
  });
  watch(child);
  child.work();
  look(topology);
  EXPECT_EQ(sum_of(nodes_.cpu_seconds()), 0);
  child.work();
  look(topology);
  EXPECT_GT(nodes_.cpu_seconds().at(cpus[1]), 0);
  EXPECT_EQ(sum_of(nodes_.cpu_seconds()), nodes_.cpu_seconds().at(cpus[1]));
  EXPECT_EQ(nodes_.moves(), 0U);
}

TEST_F(NodesOfAChild, AThreadThatChangesNodesIsSeen) {
  const auto cpus = own_cpus();
  if (cpus.size() < 2) GTEST_SKIP() << "one CPU";
  const auto topology = a_node_each(cpus);
  const WorkingChild child([&, turn = std::size_t{0}]() mutable {
    pin_to(cpus[turn++ % 2]);
    use_the_cpu();
  });
  watch(child);
  for (int i = 0; i < 4; ++i) {
    child.work();
    look(topology);
  }
  EXPECT_EQ(nodes_.moves(), 3U);
  EXPECT_GT(nodes_.cpu_seconds().at(cpus[0]), 0);
  EXPECT_GT(nodes_.cpu_seconds().at(cpus[1]), 0);
}

TEST_F(NodesOfAChild, ACpuOfNoNodeIsNotCountedToAnother) {
  const WorkingChild child(use_the_cpu);
  watch(child);
  look({});
  child.work();
  look({});
  EXPECT_TRUE(nodes_.cpu_seconds().empty());
}

TEST_F(NodesOfAChild, PagesThatNobodyMovedAreNone) {
  const WorkingChild child(use_the_cpu);
  watch(child);
  nodes_.look_at_migrated_pages(machine_->root, *watch_);
  EXPECT_FALSE(nodes_.migrated_pages()) << "after one look only";
  nodes_.look_at_migrated_pages(machine_->root, *watch_);
  if (!nodes_.migrated_pages()) GTEST_SKIP() << nodes_.why_no_migrated_pages();
  if (machine_->facts.numa_nodes == 1) {
    EXPECT_EQ(nodes_.migrated_pages(), 0U);
  }
}

}  // namespace
}  // namespace faultline
