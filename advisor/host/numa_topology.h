// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "advisor/host/cpu_list.h"
#include "advisor/host/root.h"
#include "advisor/model/result.h"

namespace faultline::host {

struct NumaNode {
  unsigned id = 0;
  CpuList cpus;                       ///< none of a node that is memory only
  std::uint64_t memory_bytes = 0;     ///< MemTotal
  std::uint64_t available_bytes = 0;  ///< free, and page cache that goes before anything is killed
};

/// The NUMA nodes of a machine, /sys/devices/system/node (Documentation/ABI/stable/sysfs-devices-node).
struct NumaTopology {
  std::vector<NumaNode> nodes;                   ///< by id
  std::vector<std::vector<unsigned>> distances;  ///< ACPI SLIT by place in `nodes`; 10 is local
  [[nodiscard]] const NumaNode* find(unsigned id) const;
  [[nodiscard]] std::optional<unsigned> node_of_cpu(unsigned cpu) const;
  [[nodiscard]] std::size_t nodes_with_memory() const;
  /// How much farther the farthest node with memory is from a node's CPUs than their own memory: 2.1 for a distance of
  /// 21. Nothing when the firmware does not say.
  [[nodiscard]] std::optional<double> farthest_ratio() const;
};

/// A kernel without NUMA has no such folder: one node without a list of CPUs, on which all is.
Result<NumaTopology> read_numa_topology(const Root& root);

}  // namespace faultline::host
