// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <sys/types.h>
#include <vector>

#include "advisor/host/proc.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// Some pages of a process and where they were.
struct PageSample {
  std::size_t asked = 0;
  std::map<unsigned, std::size_t> on_node;  ///< only pages that are resident
  [[nodiscard]] std::size_t resident() const;
};

/// `count` addresses that are spread evenly over the mappings in which a program has its data: private, writable and of
/// no file. `round` 0, 1, … gives others each time.
std::vector<std::uint64_t> spread_addresses(std::span<const Mapping> mappings, std::size_t count, std::size_t round);

/// Asks for the nodes of pages with move_pages(2) without a list of nodes, which moves nothing. Needs PTRACE_MODE_READ.
Result<PageSample> sample_page_nodes(pid_t pid, std::span<const std::uint64_t> addresses);

}  // namespace faultline::host
