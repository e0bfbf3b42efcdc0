// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <sys/types.h>

#include "advisor/host/machine.h"
#include "advisor/model/snapshot.h"

namespace faultline::target {

/// Whether a variable is a tuning variable that may be read from a process or unit into a snapshot. The one allow-list.
bool is_tuning_variable(std::string_view name);

/// What a process is: exe, comm, cgroup, runtime, libc, allocator, linkage, AT_SECURE, arenas, environment.
/// Never fails: what cannot be read stays "unknown" or absent. Reads the executable through /proc/PID/root or
/// /proc/PID/exe with the safe opener and a bounds-checked ELF reader; executes nothing of the target.
Process describe_process(const host::Machine& machine, pid_t pid);

}  // namespace faultline::target
