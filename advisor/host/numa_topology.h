// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "advisor/host/root.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// CPUs as the kernel lists them, "0-3,8": ranges with both ends in them.
struct CpuList {
  std::string text;
  std::vector<std::pair<unsigned, unsigned>> ranges;
  [[nodiscard]] bool contains(unsigned cpu) const;
  [[nodiscard]] std::size_t size() const;
};
/// Nothing for a text that is no such list.
std::optional<CpuList> parse_cpu_list(std::string_view text);

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
