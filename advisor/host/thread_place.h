// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <sys/types.h>

#include "advisor/host/root.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// The CPU that a thread runs on or ran on last, field 39 of /proc/PID/task/TID/stat, proc_pid_stat(5).
Result<unsigned> read_last_cpu(const Root& root, pid_t pid, pid_t tid);
/// Pages that NUMA balancing moved for a thread since it was born, numa_pages_migrated of /proc/PID/task/TID/sched.
/// Its neighbour total_numa_faults is no count: it is halved at each scan (kernel/sched/fair.c, task_numa_placement).
/// Errors: unsupported without CONFIG_SCHED_DEBUG and CONFIG_NUMA_BALANCING.
Result<std::uint64_t> read_numa_pages_migrated(const Root& root, pid_t pid, pid_t tid);

}  // namespace faultline::host
