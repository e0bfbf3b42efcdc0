// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/memory_nodes.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>

#include "advisor/host/numa_maps.h"
#include "advisor/host/page_nodes.h"
#include "advisor/host/proc.h"

namespace faultline {
namespace {

constexpr std::size_t pages_a_round = 4096;
constexpr std::size_t most_rounds = 16;
// A part of a half is then known to about 3 % either way.
constexpr std::size_t enough_pages = 1000;
// Interleaving gives each of its nodes its part, at most a half: so much on one node is none.
constexpr double on_one_node = 0.8;

/// Pages where a program has reserved much and touched little are seldom met: a few rounds more, each another 4096.
Result<host::PageSample> sample_pages(const host::Root& root, pid_t pid) {
  const auto mappings = host::read_maps(root, pid);
  if (!mappings) return tl::unexpected(mappings.error());
  host::PageSample all;
  for (std::size_t round = 0; round < most_rounds && all.resident() < enough_pages; ++round) {
    const auto addresses = host::spread_addresses(*mappings, pages_a_round, round);
    const auto some = host::sample_page_nodes(pid, addresses);
    if (!some) return tl::unexpected(some.error());
    all.asked += some->asked;
    for (const auto& [node, pages] : some->on_node) all.on_node[node] += pages;
  }
  if (all.resident() >= enough_pages) return all;
  return fail(ErrorKind::unsupported, "cannot sample pages", fmt::format("process {}", pid),
              fmt::format("of {} pages that were asked for only {} were resident", all.asked, all.resident()));
}

class Locator {
 public:
  Locator(const host::Root& root, const WalkLimits& limits) : root_(root), limits_(limits) {}

  Result<void> add(pid_t pid) {
    const auto status = host::read_status(root_, pid);
    if (!status) return tl::unexpected(status.error());
    const std::uint64_t resident_bytes = status->rss_bytes.value_or(0);
    if (resident_bytes > limits_.process_bytes) return add_sampled(pid, *status);
    if (walked_ > 0 && walked_bytes_ + resident_bytes > limits_.total_bytes) {
      ++left_out_;
      return {};
    }
    walked_bytes_ += resident_bytes;
    return add_walked(pid);
  }

  MemoryNodes result() const {
    MemoryNodes nodes = nodes_;
    nodes.source = source();
    nodes.estimated = sampled_ + left_out_ > 0;
    if (sampled_ > 0) {
      nodes.why_no_policy = "so much is resident that reading numa_maps would hold the target up";
      const double all = sum_of(nodes.bytes);
      if (all > 0 && nodes.bytes.at(main_node(nodes.bytes)) / all >= on_one_node) nodes.interleaved = false;
      return nodes;
    }
    const auto most = std::max_element(policies_.begin(), policies_.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    nodes.policy = most == policies_.end() ? "default" : most->first;
    // "interleave:0-1", "interleave=static:0-1", "weighted interleave:0-1" (mm/mempolicy.c, policy_modes).
    nodes.interleaved = nodes.policy->find("interleave") != std::string::npos;
    return nodes;
  }

 private:
  std::string source() const {
    std::string text = walked_ > 0 ? "/proc/PID/numa_maps" : "";
    if (left_out_ > 0) text += fmt::format(" of {} of {} processes", walked_, walked_ + left_out_);
    if (sampled_ > 0 && !text.empty()) text += "; ";
    if (sampled_ > 0) text += "anonymous pages of large processes, sampled with move_pages(2)";
    return text;
  }

  Result<void> add_walked(pid_t pid) {
    const auto maps = host::read_numa_maps(root_, pid);
    if (!maps) return tl::unexpected(maps.error());
    // That of a zombie is there and empty.
    if (maps->bytes.empty()) return fail(ErrorKind::gone, "cannot locate the memory", "the target", "it has none");
    for (const auto& [node, bytes] : maps->bytes) nodes_.bytes[node] += static_cast<double>(bytes);
    for (const auto& [policy, bytes] : maps->bytes_by_policy) policies_[policy] += bytes;
    ++walked_;
    return {};
  }

  Result<void> add_sampled(pid_t pid, const host::ProcStatus& status) {
    const auto sample = sample_pages(root_, pid);
    if (!sample) return tl::unexpected(sample.error());
    const auto bytes_a_page =
        static_cast<double>(status.rss_anon_bytes.value_or(0)) / static_cast<double>(sample->resident());
    for (const auto& [node, pages] : sample->on_node) nodes_.bytes[node] += static_cast<double>(pages) * bytes_a_page;
    ++sampled_;
    return {};
  }

  const host::Root& root_;
  const WalkLimits& limits_;
  MemoryNodes nodes_;
  std::map<std::string, std::uint64_t> policies_;
  std::uint64_t walked_bytes_ = 0;
  std::size_t walked_ = 0, sampled_ = 0, left_out_ = 0;
};

}  // namespace

Result<MemoryNodes> locate_memory(const host::Root& root, const target::ProcessWatch& watch, const WalkLimits& limits) {
  Locator locator(root, limits);
  std::size_t located = 0;
  for (const pid_t pid : watch.living()) {
    const auto added = locator.add(pid);
    if (added) ++located;
    // What ended has no memory; what could not be seen must not count as nothing.
    if (!added && added.error().kind != ErrorKind::gone && added.error().kind != ErrorKind::not_found) {
      return tl::unexpected(added.error());
    }
  }
  if (located > 0) return locator.result();
  return fail(ErrorKind::gone, "cannot locate the memory", "the target", "it ended before its memory was looked at");
}

}  // namespace faultline
