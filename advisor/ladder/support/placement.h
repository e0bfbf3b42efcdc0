// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

namespace faultline {

/// Something by NUMA node: bytes of memory, seconds of CPU time.
using ByNode = std::map<unsigned, double>;

double sum_of(const ByNode& by_node);

/// The part of accesses that leave the node of their thread, if they are spread evenly over the memory. Nobody counts
/// accesses without a PMU. 0 where there is no memory or no CPU time.
double remote_share(const ByNode& memory, const ByNode& cpu);

/// The part of the memory that is on a node beyond that node's part of the CPU time: what another placement could make
/// local. Memory that is interleaved under threads of all nodes is remote by half or more, and none of it misplaced.
double misplaced_share(const ByNode& memory, const ByNode& cpu);

/// The node with most of it; 0 where there is nothing.
unsigned main_node(const ByNode& by_node);

/// "node 0 12 MiB, node 1 1.2 GiB", in the unit of the catalogue.
std::string by_node_words(const ByNode& by_node, const char* unit);

}  // namespace faultline
