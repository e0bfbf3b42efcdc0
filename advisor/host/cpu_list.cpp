// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/cpu_list.h"

#include <algorithm>

#include "advisor/host/text_scan.h"

namespace faultline::host {
namespace {

// No kernel is built for more (CONFIG_NR_CPUS, MAXSMP): a number beyond it is no CPU.
constexpr unsigned most_cpus = 1U << 16U;

}  // namespace

bool CpuList::contains(unsigned cpu) const {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const auto& range) { return range.first <= cpu && cpu <= range.second; });
}

std::size_t CpuList::size() const {
  std::size_t count = 0;
  for (const auto& [first, last] : ranges) count += last - first + 1;
  return count;
}

std::optional<CpuList> parse_cpu_list(std::string_view text) {
  CpuList list;
  list.text = text;
  if (text.ends_with(',')) return std::nullopt;
  while (!text.empty()) {
    std::string_view range = take_until(text, ',');
    const bool is_range = range.find('-') != std::string_view::npos;
    const auto first = to_number<unsigned>(take_until(range, '-'));
    const auto last = is_range ? to_number<unsigned>(range) : first;
    if (!first || !last || *last < *first || *last >= most_cpus) return std::nullopt;
    list.ranges.emplace_back(*first, *last);
  }
  return list;
}

}  // namespace faultline::host
