// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "advisor/host/root.h"
#include "advisor/ladder/support/rung.h"
#include "advisor/target/activity.h"
#include "advisor/target/process_watch.h"

namespace faultline::measure {

/// What a target did up to a moment, as coarse as /proc/PID/stat says it: ticks of CPU time, and faults.
struct Deeds {
  double cpu_seconds = 0;
  std::uint64_t faults = 0;
  std::vector<pid_t> processes;
  friend bool operator==(const Deeds&, const Deeds&) = default;
};

/// Nothing for a target of many processes: it takes a file each.
std::optional<Deeds> deeds_of(const host::Root& root, const target::ProcessWatch& watch);

/// One target under measurement.
struct Session {
  target::ProcessWatch watch;
  target::Activity activity = {};
  std::vector<std::unique_ptr<Rung>> rungs = all_rungs();
  bool open = true;
  bool quiet = false;               ///< in what was looked at last
  std::optional<Deeds> deeds = {};  ///< at the last slice
  double seconds = 0;
  unsigned slices = 0;
  std::optional<std::uint64_t> heard = {};  ///< births, and records that were lost, up to the last look for processes
  std::string ended_early = {};
  std::string start_utc = {};
};

}  // namespace faultline::measure
