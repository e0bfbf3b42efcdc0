// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "advisor/host/cgroup.h"
#include "advisor/host/root.h"
#include "advisor/model/result.h"
#include "advisor/model/snapshot.h"

namespace faultline::host {

/// What this machine and these privileges allow; read once, passed on. `doctor` prints it.
struct Abilities {
  uid_t uid = 0;
  bool cap_sys_ptrace = false, cap_perfmon = false, cap_sys_admin = false, cap_syslog = false,
       cap_dac_read_search = false;
  std::optional<int> perf_event_paranoid;
  std::optional<int> kptr_restrict;
  bool has_pmu = false;          ///< hardware cycles can be counted
  bool has_perf_cgroup = false;  ///< events can be bound to a cgroup here, now
  bool has_btf = false;
  [[nodiscard]] bool kernel_profiling() const;  ///< may sample kernel stacks of its own processes
  [[nodiscard]] bool cpu_wide() const;          ///< may open CPU-wide and cgroup events
};

/// The real machine behind the rungs. Root is "/" unless a test says otherwise.
struct Machine {
  Root root;
  CgroupMounts cgroups;
  Abilities abilities;
  Host facts;
};

Result<Machine> inspect_machine(const std::string& root_path = "/");

/// First touch of one anonymous 4 KiB page (or of the host's base page) on this host, ns, median of some rounds over
/// fresh memory without huge pages; a few milliseconds of CPU time. Nothing when memory could not be mapped.
std::optional<double> calibrate_ns_per_fault();

}  // namespace faultline::host
