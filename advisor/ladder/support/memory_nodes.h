// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "advisor/host/root.h"
#include "advisor/ladder/support/placement.h"
#include "advisor/model/result.h"
#include "advisor/target/process_watch.h"

namespace faultline {

/// Where the memory of a target is, all its processes together.
struct MemoryNodes {
  ByNode bytes;
  bool sampled = false;  ///< of some process pages were sampled: an estimate, of anonymous memory there
  std::string source;
  std::optional<std::string> policy;  ///< of most anonymous memory; nothing where pages were sampled
  std::optional<bool> interleaved;    ///< by its policy, or as sampled pages that are nearly all on one node tell
  std::string why_no_policy;
};

/// Reads numa_maps of processes of up to `walk_limit_bytes` resident, and samples the pages of larger ones. Shared
/// memory counts once for each process, as in numastat -p.
Result<MemoryNodes> locate_memory(const host::Root& root, const target::ProcessWatch& watch,
                                  std::uint64_t walk_limit_bytes);

/// numa_maps walks the page tables under mmap_lock, as smaps_rollup does: about a second per 100 GiB of 4 KiB pages.
inline constexpr std::uint64_t numa_maps_limit_bytes = 4ULL << 30U;

}  // namespace faultline
