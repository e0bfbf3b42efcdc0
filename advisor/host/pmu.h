// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <sys/types.h>
#include <vector>

#include "advisor/host/cpu_model.h"
#include "advisor/host/root.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// What the CPU counted of some processes, user and kernel; nothing for an event that this CPU does not have.
struct PmuCounts {
  std::optional<double> cycles, dtlb_loads, dtlb_load_misses;
  std::optional<double> walk_cycles;  ///< in which at least one page walk for a load was under way
};

/// Hardware counters that run. The seam to the CPU: tests put other numbers here.
class PmuCounters {
 public:
  virtual ~PmuCounters() = default;
  PmuCounters() = default;
  PmuCounters(const PmuCounters&) = delete;
  PmuCounters& operator=(const PmuCounters&) = delete;
  /// Since they were opened; scaled up where the CPU counted them in turns.
  [[nodiscard]] virtual PmuCounts read() const = 0;
};

using OpenPmu = std::function<Result<std::unique_ptr<PmuCounters>>(const Root&, const std::vector<pid_t>&)>;

/// Counts all threads of the processes and what they start. A counter of a task costs it some 0.7 us at each context
/// switch: for a short while only. Errors: unsupported without a PMU or with too many threads, permission.
Result<std::unique_ptr<PmuCounters>> open_pmu(const Root& root, const std::vector<pid_t>& pids);

/// The raw event for cycles of page walks by loads, where a CPU is known to have one.
std::optional<std::uint64_t> walk_cycles_event(const CpuModel& cpu);

}  // namespace faultline::host
