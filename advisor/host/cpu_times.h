// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string_view>

#include "advisor/host/root.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// How one CPU spent its time since boot, seconds.
struct CpuTimes {
  /// user, nice, system, irq and softirq; a guest's time is in user (proc_stat(5)). Kernels that count by ticks
  /// (CONFIG_TICK_CPU_ACCOUNTING) sample it, and a service whose timers go off at the tick is seen too often: by half
  /// of what it used. busy_between() is not misled.
  double busy_seconds = 0;
  double idle_seconds = 0;    ///< idle and iowait; by the clock wherever ticks stop on idle CPUs (fs/proc/stat.c)
  double stolen_seconds = 0;  ///< the hypervisor ran something else
};

/// The online CPUs by number.
Result<std::map<unsigned, CpuTimes>> read_cpu_times(const Root& root);
Result<std::map<unsigned, CpuTimes>> parse_cpu_times(std::string_view proc_stat);

/// How long `cpus` CPUs were neither idle nor stolen between two readings that are `seconds` apart.
double busy_between(const CpuTimes& before, const CpuTimes& after, std::size_t cpus, double seconds);

/// The sum over those CPUs that are in `cpus`.
CpuTimes sum_of(const std::map<unsigned, CpuTimes>& times, const std::set<unsigned>& cpus);

}  // namespace faultline::host
