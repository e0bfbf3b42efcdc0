// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <sys/types.h>
#include <vector>

#include "advisor/host/root.h"
#include "advisor/target/process_watch.h"

namespace faultline {

/// What one process held and faulted, from its first reading to its last.
struct MemoryTrack {
  std::uint64_t first_anon_bytes = 0;   ///< RssAnon when first seen; 0 for a process born in the window
  std::uint64_t held_before_bytes = 0;  ///< most that was held up to then; as unknown as VmHWM, then first_anon_bytes
  std::uint64_t peak_anon_bytes = 0;
  std::uint64_t largest_fall_bytes = 0;  ///< from a peak to a later look
  std::uint64_t last_anon_bytes = 0;
  std::uint64_t first_minor_faults = 0;
  std::uint64_t last_minor_faults = 0;
  /// What came beyond what was there. Memory that is seen to fall will be held again: where the first look fell into
  /// such a trough, the way up is no growth, as far as the process had held that much before.
  [[nodiscard]] std::uint64_t growth_bytes() const;
  [[nodiscard]] std::uint64_t faults() const { return last_minor_faults - first_minor_faults; }
};

/// A process and not just its number: a PID can be used again within a window.
using ProcessKey = std::pair<pid_t, std::uint64_t>;

/// The sums of one look at all living processes.
struct MemoryReading {
  std::uint64_t anon_bytes = 0, rss_bytes = 0, mapped_bytes = 0, hwm_bytes = 0, locked_bytes = 0, swap_bytes = 0;
  unsigned processes_read = 0;
};

/// Follows the memory of a target's processes over the window, process by process, so that growth and faults are
/// compared within one process and never across two. RssAnon and min_flt are free to read, by any user.
class ProcessMemory {
 public:
  /// Nothing when no process could be read.
  std::optional<MemoryReading> look(const host::Root& root, const target::ProcessWatch& watch);
  [[nodiscard]] const std::map<ProcessKey, MemoryTrack>& tracks() const { return tracks_; }
  /// Faults of all processes that were looked at, up to their last look.
  [[nodiscard]] std::uint64_t followed_faults() const;
  /// Growth of all processes that were looked at; never more than their faults could have brought in.
  [[nodiscard]] std::uint64_t growth_bytes() const;

 private:
  std::map<ProcessKey, MemoryTrack> tracks_;
};

}  // namespace faultline
