// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/numa_topology.h"

#include <algorithm>
#include <fmt/format.h>

#include "advisor/host/text_scan.h"

namespace faultline::host {
namespace {

const char* const nodes_folder = "/sys/devices/system/node";

/// "Node 0 MemTotal:        6383392 kB" of the node's meminfo, which has another form than /proc/meminfo.
std::uint64_t node_meminfo_bytes(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    (void)take_word(line);
    (void)take_word(line);
    if (trimmed(take_until(line, ':')) != key) continue;
    return to_number(take_word(line)).value_or(0) * 1024;
  }
  return 0;
}

Result<NumaNode> read_node(const Root& root, unsigned id) {
  const std::string folder = fmt::format("{}/node{}", nodes_folder, id);
  const auto cpus = root.read(folder + "/cpulist");
  if (!cpus) return tl::unexpected(cpus.error());
  auto list = parse_cpu_list(trimmed(*cpus));
  if (!list) return fail(ErrorKind::input, "cannot make sense of", folder + "/cpulist", "no list of CPUs");
  const auto meminfo = root.read(folder + "/meminfo");
  if (!meminfo) return tl::unexpected(meminfo.error());
  NumaNode node{id, std::move(*list), node_meminfo_bytes(*meminfo, "MemTotal"), 0};
  for (const auto* key : {"MemFree", "Active(file)", "Inactive(file)"}) {
    node.available_bytes += node_meminfo_bytes(*meminfo, key);
  }
  return node;
}

/// One number a node, in the order of their ids; empty when it is anything else.
std::vector<unsigned> read_distances(const Root& root, unsigned id) {
  const auto text = root.read(fmt::format("{}/node{}/distance", nodes_folder, id));
  if (!text) return {};
  std::vector<unsigned> distances;
  std::string_view rest = trimmed(*text);
  for (auto word = take_word(rest); !word.empty(); word = take_word(rest)) {
    const auto distance = to_number<unsigned>(word);
    if (!distance) return {};
    distances.push_back(*distance);
  }
  return distances;
}

std::vector<unsigned> node_ids(const std::vector<std::string>& names) {
  std::vector<unsigned> ids;
  for (std::string_view name : names) {
    if (!name.starts_with("node")) continue;
    if (const auto id = to_number<unsigned>(name.substr(4))) ids.push_back(*id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace

const NumaNode* NumaTopology::find(unsigned id) const {
  const auto it = std::find_if(nodes.begin(), nodes.end(), [&](const NumaNode& node) { return node.id == id; });
  return it == nodes.end() ? nullptr : &*it;
}

std::optional<unsigned> NumaTopology::node_of_cpu(unsigned cpu) const {
  for (const NumaNode& node : nodes) {
    if (node.cpus.contains(cpu)) return node.id;
  }
  return std::nullopt;
}

std::size_t NumaTopology::nodes_with_memory() const {
  return static_cast<std::size_t>(
      std::count_if(nodes.begin(), nodes.end(), [](const NumaNode& node) { return node.memory_bytes > 0; }));
}

std::optional<double> NumaTopology::farthest_ratio() const {
  std::optional<double> farthest;
  for (std::size_t from = 0; from < nodes.size() && from < distances.size(); ++from) {
    // The row of a node that lost one while it was read does not fit the nodes.
    if (nodes[from].cpus.ranges.empty() || distances[from].size() != nodes.size()) continue;
    const double local = distances[from][from];
    if (local <= 0) continue;
    for (std::size_t to = 0; to < nodes.size(); ++to) {
      if (nodes[to].memory_bytes == 0) continue;
      farthest = std::max(farthest.value_or(1.0), distances[from][to] / local);
    }
  }
  return farthest;
}

Result<NumaTopology> read_numa_topology(const Root& root) {
  NumaTopology topology;
  const auto names = root.list(nodes_folder);
  if (!names && names.error().kind != ErrorKind::not_found) return tl::unexpected(names.error());
  const std::vector<unsigned> ids = names ? node_ids(*names) : std::vector<unsigned>{};
  if (ids.empty()) {
    topology.nodes.emplace_back();
    return topology;
  }
  for (const unsigned id : ids) {
    auto node = read_node(root, id);
    if (!node) return tl::unexpected(node.error());
    topology.nodes.push_back(std::move(*node));
    topology.distances.push_back(read_distances(root, id));
  }
  return topology;
}

}  // namespace faultline::host
