// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace faultline::host {

/// CPUs as the kernel lists them, "0-3,8": ranges with both ends in them.
struct CpuList {
  std::string text;
  std::vector<std::pair<unsigned, unsigned>> ranges;
  [[nodiscard]] bool contains(unsigned cpu) const;
  [[nodiscard]] std::size_t size() const;
};

/// "" is the list of none (a node that is memory only). Nothing for a text that is no such list.
std::optional<CpuList> parse_cpu_list(std::string_view text);

}  // namespace faultline::host
