// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "advisor/host/root.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// The chosen word of a setting of /sys/kernel/mm/transparent_hugepage, "enabled" or "defrag"
/// (Documentation/admin-guide/mm/transhuge.rst). Errors: not_found on a kernel without huge pages.
Result<std::string> read_thp_setting(const Root& root, std::string_view name);
/// "madvise" of "always [madvise] never"; nothing when no word is chosen.
std::optional<std::string> chosen_word(std::string_view text);

/// Whether a process may get transparent huge pages at all, THP_enabled of /proc/PID/status (Linux 5.0): a prctl of the
/// process or of who started it turns them off (PR_SET_THP_DISABLE).
Result<bool> read_thp_allowed(const Root& root, pid_t pid);

/// What the whole host counted since boot, /proc/vmstat.
struct HugePageCounts {
  std::uint64_t compaction_stalls = 0;  ///< compact_stall: an allocation waited for compaction of its own
  std::uint64_t faults = 0;             ///< thp_fault_alloc: a fault got a huge page
  std::uint64_t fallbacks = 0;          ///< thp_fault_fallback: a fault asked for one and got small pages
};
/// Errors: unsupported on a kernel without them.
Result<HugePageCounts> read_huge_page_counts(const Root& root);

}  // namespace faultline::host
