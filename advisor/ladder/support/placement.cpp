// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/placement.h"

#include <algorithm>
#include <fmt/format.h>
#include <numeric>

#include "advisor/facts/number_words.h"

namespace faultline {
namespace {

double part_of(const ByNode& by_node, unsigned node, double sum) {
  const auto it = by_node.find(node);
  return it == by_node.end() ? 0.0 : it->second / sum;
}

}  // namespace

double sum_of(const ByNode& by_node) {
  return std::accumulate(by_node.begin(), by_node.end(), 0.0,
                         [](double sum, const auto& entry) { return sum + entry.second; });
}

double remote_share(const ByNode& memory, const ByNode& cpu) {
  const double bytes = sum_of(memory), seconds = sum_of(cpu);
  if (bytes <= 0 || seconds <= 0) return 0;
  double local = 0;
  for (const auto& [node, on_node] : memory) local += on_node / bytes * part_of(cpu, node, seconds);
  return std::clamp(1 - local, 0.0, 1.0);
}

double misplaced_share(const ByNode& memory, const ByNode& cpu) {
  const double bytes = sum_of(memory), seconds = sum_of(cpu);
  if (bytes <= 0 || seconds <= 0) return 0;
  double misplaced = 0;
  for (const auto& [node, on_node] : memory) misplaced += std::max(0.0, on_node / bytes - part_of(cpu, node, seconds));
  return std::clamp(misplaced, 0.0, 1.0);
}

unsigned main_node(const ByNode& by_node) {
  const auto it = std::max_element(by_node.begin(), by_node.end(),
                                   [](const auto& a, const auto& b) { return a.second < b.second; });
  return it == by_node.end() ? 0 : it->first;
}

std::string by_node_words(const ByNode& by_node, const char* unit) {
  std::string words;
  for (const auto& [node, amount] : by_node) {
    words += fmt::format("{}node {} {}", words.empty() ? "" : ", ", node, facts::number_words(amount, unit));
  }
  return words.empty() ? "none" : words;
}

}  // namespace faultline
