// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string_view>

#include "advisor/host/root.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// How one CPU spent its time since boot, seconds. Kernels that count by ticks (CONFIG_TICK_CPU_ACCOUNTING) sample it:
/// exact over seconds, not over milliseconds.
struct CpuTimes {
  double busy_seconds = 0;    ///< user, nice, system, irq and softirq; a guest's time is in user (proc_stat(5))
  double idle_seconds = 0;    ///< idle and iowait
  double stolen_seconds = 0;  ///< the hypervisor ran something else
};

/// The online CPUs by number.
Result<std::map<unsigned, CpuTimes>> read_cpu_times(const Root& root);
Result<std::map<unsigned, CpuTimes>> parse_cpu_times(std::string_view proc_stat);

/// The sum over those CPUs that are in `cpus`.
CpuTimes sum_of(const std::map<unsigned, CpuTimes>& times, const std::set<unsigned>& cpus);

}  // namespace faultline::host
