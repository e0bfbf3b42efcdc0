// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/numa_topology.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/advisor/support/temporary_tree.h"

namespace faultline::host {
namespace {

using test::TemporaryTree;

constexpr std::string_view meminfo =
    "Node 0 MemTotal:        1017432 kB\nNode 0 MemFree:          100000 kB\nNode 0 MemUsed:          917432 kB\n"
    "Node 0 Active(file):      20000 kB\nNode 0 Inactive(file):    30000 kB\nNode 0 FilePages:        90000 kB\n"
    "Node 0 HugePages_Total:     0\n";

void add_node(const TemporaryTree& tree, const std::string& name, std::string_view cpus, std::string_view memory,
              std::string_view distance) {
  const std::string folder = "/sys/devices/system/node/" + name;
  tree.write(folder + "/cpulist", cpus);
  tree.write(folder + "/meminfo", memory);
  tree.write(folder + "/distance", distance);
}

TEST(NumaTopology, IsWhatTheKernelSays) {
  const TemporaryTree tree;
  add_node(tree, "node0", "0-1,4-5\n", meminfo, "10 21 31\n");
  add_node(tree, "node10", "2-3\n", meminfo, "21 10 40\n");
  // Memory only, as of a CXL device: it comes last by number, not by name.
  add_node(tree, "node2", "\n", meminfo, "21 10 40\n");
  tree.write("/sys/devices/system/node/online", "0,2,10\n");
  tree.write("/sys/devices/system/node/nodes", "no node\n");
  const auto topology = read_numa_topology(tree.root());
  ASSERT_TRUE(topology) << topology.error().why;
  ASSERT_EQ(topology->nodes.size(), 3U);
  EXPECT_EQ(topology->nodes[1].id, 2U);
  EXPECT_EQ(topology->nodes[2].id, 10U);
  EXPECT_EQ(topology->nodes[0].cpus.size(), 4U);
  EXPECT_EQ(topology->nodes[0].cpus.text, "0-1,4-5");
  EXPECT_EQ(topology->nodes[0].memory_bytes, 1017432U * 1024);
  EXPECT_EQ(topology->nodes[0].available_bytes, 150000U * 1024);
  EXPECT_EQ(topology->nodes_with_memory(), 3U);
  EXPECT_EQ(topology->node_of_cpu(5), 0U);
  EXPECT_EQ(topology->node_of_cpu(3), 10U);
  EXPECT_FALSE(topology->node_of_cpu(6));
  EXPECT_EQ(topology->find(3), nullptr);
  EXPECT_EQ(topology->find(10)->id, 10U);
}

TEST(NumaTopology, TheFarthestIsTheFarthestMemoryFromAnyCpu) {
  const TemporaryTree tree;
  add_node(tree, "node0", "0\n", meminfo, "10 21\n");
  add_node(tree, "node1", "1\n", meminfo, "21 10\n");
  EXPECT_DOUBLE_EQ(*read_numa_topology(tree.root())->farthest_ratio(), 2.1);
  // Without memory nobody goes there; without distances nobody knows.
  add_node(tree, "node1", "1\n", "Node 1 MemTotal: 0 kB\n", "21 10\n");
  const auto with_memory_on_one = read_numa_topology(tree.root());
  EXPECT_EQ(with_memory_on_one->nodes_with_memory(), 1U);
  EXPECT_DOUBLE_EQ(*with_memory_on_one->farthest_ratio(), 2.1);  // of node 1's CPUs to node 0
  add_node(tree, "node0", "0\n", meminfo, "10\n");
  add_node(tree, "node1", "1\n", meminfo, "ten 10\n");
  EXPECT_FALSE(read_numa_topology(tree.root())->farthest_ratio());
}

TEST(NumaTopology, AKernelWithoutNumaHasOneNode) {
  const TemporaryTree tree;
  const auto topology = read_numa_topology(tree.root());
  ASSERT_TRUE(topology);
  EXPECT_LE(topology->nodes_with_memory(), 1U);
}

TEST(NumaTopology, ANodeThatMakesNoSenseIsAnError) {
  const TemporaryTree tree;
  add_node(tree, "node0", "0-\n", meminfo, "10\n");
  EXPECT_FALSE(read_numa_topology(tree.root()));
}

TEST(NumaTopology, EachCpuOfThisMachineIsOnANode) {
  const auto topology = read_numa_topology(*Root::open());
  ASSERT_TRUE(topology) << topology.error().why;
  if (topology->nodes.front().cpus.ranges.empty()) GTEST_SKIP() << "a kernel without NUMA";
  std::size_t cpus = 0;
  for (const NumaNode& node : topology->nodes) cpus += node.cpus.size();
  EXPECT_EQ(cpus, static_cast<std::size_t>(::sysconf(_SC_NPROCESSORS_ONLN)));
}

}  // namespace
}  // namespace faultline::host
