// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "advisor/host/root.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// One mounted hierarchy, or the part of it that a container or a bind mount shows.
struct CgroupMount {
  std::string point;       ///< e.g. "/sys/fs/cgroup" or "/sys/fs/cgroup/unified"
  std::string root = "/";  ///< the cgroup that is found at the point
};

/// Where cgroup hierarchies are mounted, from /proc/self/mountinfo. v1, v2 and hybrid.
struct CgroupMounts {
  std::optional<CgroupMount> v2;
  std::optional<CgroupMount> cpu, cpuacct, memory;  ///< v1 controllers
  std::optional<CgroupMount> systemd;               ///< v1 name=systemd
};
Result<CgroupMounts> find_cgroup_mounts(const Root& root);
CgroupMounts parse_cgroup_mounts(std::string_view mountinfo);

/// The folder of a cgroup, `path` as in /proc/PID/cgroup; nothing when the mount does not show it.
std::optional<std::string> cgroup_folder(const CgroupMount& mount, std::string_view path);

/// Quota and use of CPU of one cgroup, v1 or v2, in v2's units.
struct CpuControl {
  std::string path;                   ///< of the folder, absolute
  std::optional<double> quota_cores;  ///< nothing: no quota ("max", -1)
  double period_seconds = 0.1;
  std::uint64_t periods = 0, throttled_periods = 0;  ///< nr_periods, nr_throttled
  double throttled_seconds = 0;                      ///< summed over CPUs
  std::optional<double> used_seconds;                ///< usage_usec or cpuacct.usage
};
/// The cgroup of a process and all its ancestors that have a CPU controller, leaf first. Empty where no level has
/// one (then no quota can stop it). Errors: permission, gone, io, unsupported when the cgroup is outside of what is
/// mounted here.
Result<std::vector<CpuControl>> read_cpu_controls(const Root& root, const CgroupMounts& mounts, pid_t pid);

struct MemoryControl {
  std::string path;
  std::optional<std::uint64_t> max_bytes, high_bytes;
  std::uint64_t current_bytes = 0;
  std::uint64_t reclaimable_bytes = 0;  ///< memory.stat inactive_file: page cache that goes before anything is killed
};
/// Leaf first; levels without a memory controller are left out.
Result<std::vector<MemoryControl>> read_memory_controls(const Root& root, const CgroupMounts& mounts, pid_t pid);

/// All PIDs of a cgroup and of the cgroups below it, from cgroup.procs (of the v2 mount, else of a v1 one).
/// `path` is as in /proc/PID/cgroup: "/system.slice/a.service".
Result<std::vector<pid_t>> list_cgroup_processes(const Root& root, const CgroupMounts& mounts, const std::string& path);

/// The folder of a cgroup on the v2 mount, for perf's cgroup mode; nothing where there is no such folder.
std::optional<std::string> v2_folder(const Root& root, const CgroupMounts& mounts, const std::string& path);

}  // namespace faultline::host
