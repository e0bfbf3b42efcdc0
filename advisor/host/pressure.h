// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "advisor/host/cgroup.h"
#include "advisor/host/root.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// Time since boot in which at least one task waited for a CPU (Documentation/accounting/psi.rst).
struct CpuPressure {
  std::string path;  ///< the file it was read from
  double some_seconds = 0;
};

/// Of the v2 cgroup of a process; of the whole host where it has none of its own. Errors: unsupported where the kernel
/// does not count it.
Result<CpuPressure> read_cpu_pressure(const Root& root, const CgroupMounts& mounts, pid_t pid);

/// The "some" line's total; nothing when there is none.
std::optional<double> parse_some_seconds(std::string_view pressure);

}  // namespace faultline::host
