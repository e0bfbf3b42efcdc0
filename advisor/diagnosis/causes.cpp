// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/causes.h"

#include <algorithm>
#include <array>

namespace faultline::diagnosis {
namespace {

constexpr auto table = std::to_array<Cause>({
    {"cpu-throttling", "the CPU quota stops it while cores idle"},
    {"memory-pressure", "major faults, reclaim, swap"},
    {"run-queue-wait", "runnable and not running: neighbours, steal, migrations"},
    {"thp-stall", "direct compaction or reclaim for huge pages on the request path"},
    {"first-touch", "zeroing of pages never touched before: growth, cold start"},
    {"refault", "the same addresses again, because freed memory went back to the kernel"},
    {"copy-on-write", "copies after fork"},
    {"mmap-lock", "waiting for the address-space lock, and the calls that take it for writing"},
    {"numa-remote", "memory on another node than the threads"},
    {"tlb-reach", "page walks: working set beyond the TLB's reach"},
    {"allocator-contention", "locks or slow paths inside the allocator"},
    {"allocation-rate", "the allocator is fast and called too often (a workload matter)"},
});

}  // namespace

std::span<const Cause> causes() { return table; }

std::optional<std::size_t> order_of(std::string_view cause) {
  const auto* const it = std::find_if(table.begin(), table.end(), [&](const Cause& row) { return row.id == cause; });
  if (it == table.end()) return std::nullopt;
  return static_cast<std::size_t>(it - table.begin());
}

}  // namespace faultline::diagnosis
