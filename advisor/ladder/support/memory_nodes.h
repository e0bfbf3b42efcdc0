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
  bool estimated = false;  ///< pages of some processes were sampled, or some processes were left out
  std::string source;
  std::optional<std::string> policy;  ///< of most anonymous memory; nothing where pages were sampled
  std::optional<bool> interleaved;    ///< by its policy, or as sampled pages that are nearly all on one node tell
  std::string why_no_policy;
};

/// How much is read of a target whose processes are large or many.
struct WalkLimits {
  /// Of one process: numa_maps walks the page tables under its mmap_lock, as smaps_rollup does, about a second per
  /// 100 GiB of 4 KiB pages. The pages of a larger one are sampled.
  std::uint64_t process_bytes = 4ULL << 30U;
  /// Of all together; what they share is walked once for each. Processes beyond it are left out.
  std::uint64_t total_bytes = 32ULL << 30U;
};

/// Shared memory counts once for each process, as in numastat -p.
Result<MemoryNodes> locate_memory(const host::Root& root, const target::ProcessWatch& watch,
                                  const WalkLimits& limits = {});

}  // namespace faultline
