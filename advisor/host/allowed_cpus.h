// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <sys/types.h>

#include "advisor/host/root.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// The CPUs that a process may run on by its affinity and its cpuset, Cpus_allowed_list of /proc/PID/status; of its
/// main thread, others may differ. May name CPUs that are not online.
Result<std::set<unsigned>> read_allowed_cpus(const Root& root, pid_t pid);

}  // namespace faultline::host
