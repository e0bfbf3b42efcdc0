// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "advisor/host/cgroup.h"

namespace faultline {

/// What one level of a target's cgroups did between two readings.
struct LevelDelta {
  host::CpuControl level;  ///< as it was read last
  double periods = 0, throttled_periods = 0, stopped_seconds = 0;
  std::optional<double> used_seconds;
};

/// The level that stopped the target longest; of levels that did not stop it the one with the tightest quota. Levels
/// without a quota, and those that are not in both readings, are none.
std::optional<LevelDelta> limiting(const std::vector<host::CpuControl>& after,
                                   const std::vector<host::CpuControl>& before);

/// The levels over a window. A cgroup goes with its last process, and a process that ended is in the root
/// (kernel/cgroup/cgroup.c, proc_cgroup_show): what was read of a level before stands.
class QuotaLevels {
 public:
  void look(const std::vector<host::CpuControl>& now);
  /// From the first reading of each level to its last.
  [[nodiscard]] std::optional<LevelDelta> limiting() const;
  /// A level with a quota that was there for one reading only: what it did is not known.
  [[nodiscard]] std::optional<std::string> seen_once() const;

 private:
  struct Track {
    host::CpuControl first, last;
    std::size_t readings = 0;
  };
  std::map<std::string, Track> tracks_;
};

}  // namespace faultline
