// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/cgroup.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>

#include "advisor/host/proc.h"
#include "advisor/host/text_scan.h"

namespace faultline::host {
namespace {

constexpr int deepest_walk = 64;

/// The path of a process in the hierarchy of a v1 controller.
std::optional<std::string> v1_path(const std::map<std::string, std::string>& cgroups, std::string_view controller) {
  for (const auto& [controllers, path] : cgroups) {
    std::string_view rest = controllers;
    while (!rest.empty()) {
      if (take_until(rest, ',') == controller) return path;
    }
  }
  return std::nullopt;
}

/// Folders from a cgroup up to the mount, leaf first, the mount itself last.
std::vector<std::string> levels_of(const CgroupMount& mount, std::string folder) {
  std::vector<std::string> folders;
  while (folder.size() > mount.point.size()) {
    folders.push_back(folder);
    folder.erase(folder.rfind('/'));
  }
  folders.push_back(mount.point);
  return folders;
}

std::optional<std::uint64_t> read_number(const Root& root, const std::string& path) {
  const auto text = root.read(path);
  return text ? to_number(trimmed(*text)) : std::nullopt;
}

std::optional<CpuControl> read_v2_cpu(const Root& root, const std::string& folder) {
  const auto stat = root.read(folder + "/cpu.stat");
  if (!stat) return std::nullopt;
  const auto periods = keyed_number(*stat, "nr_periods");
  const auto max = root.read(folder + "/cpu.max");
  if (!periods || !max) return std::nullopt;  // no controller on this level
  CpuControl control;
  control.path = folder;
  std::string_view rest = trimmed(*max);
  const auto quota = to_number(take_word(rest));  // "max" is no number: no quota
  const auto period = to_number(take_word(rest));
  if (period) control.period_seconds = static_cast<double>(*period) * 1e-6;
  if (quota && period && *period > 0) {
    control.quota_cores = static_cast<double>(*quota) / static_cast<double>(*period);
  }
  control.periods = *periods;
  control.throttled_periods = keyed_number(*stat, "nr_throttled").value_or(0);
  control.throttled_seconds = static_cast<double>(keyed_number(*stat, "throttled_usec").value_or(0)) * 1e-6;
  if (const auto used = keyed_number(*stat, "usage_usec")) control.used_seconds = static_cast<double>(*used) * 1e-6;
  return control;
}

std::optional<CpuControl> read_v1_cpu(const Root& root, const std::string& folder) {
  const auto stat = root.read(folder + "/cpu.stat");
  if (!stat) return std::nullopt;
  const auto periods = keyed_number(*stat, "nr_periods");
  if (!periods) return std::nullopt;
  CpuControl control;
  control.path = folder;
  const auto quota = read_number(root, folder + "/cpu.cfs_quota_us");  // -1 is none, and no unsigned number
  const auto period = read_number(root, folder + "/cpu.cfs_period_us");
  if (period) control.period_seconds = static_cast<double>(*period) * 1e-6;
  if (quota && period && *period > 0) {
    control.quota_cores = static_cast<double>(*quota) / static_cast<double>(*period);
  }
  control.periods = *periods;
  control.throttled_periods = keyed_number(*stat, "nr_throttled").value_or(0);
  control.throttled_seconds = static_cast<double>(keyed_number(*stat, "throttled_time").value_or(0)) * 1e-9;
  return control;
}

/// v1 counts CPU time in another controller, whose cgroup may have another path.
void add_v1_usage(const Root& root, const CgroupMounts& mounts, const std::map<std::string, std::string>& cgroups,
                  const std::string& cpu_path, std::vector<CpuControl>& controls) {
  const auto path = v1_path(cgroups, "cpuacct");
  if (!mounts.cpuacct || mounts.cpuacct->root != mounts.cpu->root || path != cpu_path) return;
  for (CpuControl& control : controls) {
    const std::string folder = mounts.cpuacct->point + control.path.substr(mounts.cpu->point.size());
    if (const auto used = read_number(root, folder + "/cpuacct.usage")) {
      control.used_seconds = static_cast<double>(*used) * 1e-9;
    }
  }
}

std::optional<MemoryControl> read_v2_memory(const Root& root, const std::string& folder) {
  const auto current = read_number(root, folder + "/memory.current");
  if (!current) return std::nullopt;
  MemoryControl control;
  control.path = folder;
  control.current_bytes = *current;
  control.max_bytes = read_number(root, folder + "/memory.max");  // "max" is no number: no limit
  control.high_bytes = read_number(root, folder + "/memory.high");
  if (const auto stat = root.read(folder + "/memory.stat")) {
    control.reclaimable_bytes = keyed_number(*stat, "inactive_file").value_or(0);
  }
  return control;
}

std::optional<MemoryControl> read_v1_memory(const Root& root, const std::string& folder) {
  // "No limit" is LONG_MAX rounded down to a page (mm/page_counter.c).
  constexpr std::uint64_t unlimited_bytes = 1ULL << 62U;
  const auto current = read_number(root, folder + "/memory.usage_in_bytes");
  if (!current) return std::nullopt;
  MemoryControl control;
  control.path = folder;
  control.current_bytes = *current;
  const auto limit = read_number(root, folder + "/memory.limit_in_bytes");
  if (limit && *limit < unlimited_bytes) control.max_bytes = limit;
  if (const auto stat = root.read(folder + "/memory.stat")) {
    control.reclaimable_bytes = keyed_number(*stat, "total_inactive_file").value_or(0);
  }
  return control;
}

template <class Control>
Result<std::vector<Control>> read_levels(const Root& root, const CgroupMount& mount, const std::string& path,
                                         std::optional<Control> (*read)(const Root&, const std::string&)) {
  const auto leaf = cgroup_folder(mount, path);
  if (!leaf) {
    return fail(ErrorKind::unsupported, "cannot see the cgroup", path, "it is outside of what is mounted here",
                "run on the host, with its cgroup file systems mounted");
  }
  std::vector<Control> levels;
  for (const std::string& folder : levels_of(mount, *leaf)) {
    if (auto level = read(root, folder)) levels.push_back(std::move(*level));
  }
  return levels;
}

/// Appends the PIDs of a cgroup and of those below it.
Result<void> collect(const Root& root, const std::string& folder, int depth, std::vector<pid_t>& pids) {
  const auto text = root.read(folder + "/cgroup.procs", 16U << 20U);
  // A threaded cgroup (cgroup-v2.rst) refuses cgroup.procs with EOPNOTSUPP; its processes are in its domain above.
  if (!text && text.error().kind != ErrorKind::io) return tl::unexpected(text.error());
  std::string_view rest = text ? std::string_view(*text) : std::string_view();
  while (!rest.empty()) {
    if (const auto pid = to_number<pid_t>(take_until(rest, '\n')); pid && *pid > 0) pids.push_back(*pid);
  }
  if (depth >= deepest_walk) return {};
  const auto names = root.list(folder);
  if (!names) return {};
  for (const std::string& name : *names) {
    // Control files have a dot, child cgroups may too: only folders have a cgroup.procs in them.
    const std::string below = fmt::format("{}/{}", folder, name);
    if (root.exists(below + "/cgroup.procs")) (void)collect(root, below, depth + 1, pids);
  }
  return {};
}

}  // namespace

Result<std::vector<CpuControl>> read_cpu_controls(const Root& root, const CgroupMounts& mounts, pid_t pid) {
  const auto cgroups = read_cgroups(root, pid);
  if (!cgroups) return tl::unexpected(cgroups.error());
  if (const auto path = v1_path(*cgroups, "cpu"); path && mounts.cpu) {
    auto controls = read_levels<CpuControl>(root, *mounts.cpu, *path, read_v1_cpu);
    if (controls) add_v1_usage(root, mounts, *cgroups, *path, *controls);
    return controls;
  }
  const auto v2 = cgroups->find("");
  if (v2 == cgroups->end() || !mounts.v2) return std::vector<CpuControl>{};
  return read_levels<CpuControl>(root, *mounts.v2, v2->second, read_v2_cpu);
}

Result<std::vector<MemoryControl>> read_memory_controls(const Root& root, const CgroupMounts& mounts, pid_t pid) {
  const auto cgroups = read_cgroups(root, pid);
  if (!cgroups) return tl::unexpected(cgroups.error());
  if (const auto path = v1_path(*cgroups, "memory"); path && mounts.memory) {
    return read_levels<MemoryControl>(root, *mounts.memory, *path, read_v1_memory);
  }
  const auto v2 = cgroups->find("");
  if (v2 == cgroups->end() || !mounts.v2) return std::vector<MemoryControl>{};
  return read_levels<MemoryControl>(root, *mounts.v2, v2->second, read_v2_memory);
}

Result<std::vector<pid_t>> list_cgroup_processes(const Root& root, const CgroupMounts& mounts,
                                                 const std::string& path) {
  if (!path.starts_with('/') || path.find("/..") != std::string::npos) {
    return fail(ErrorKind::usage, "not a cgroup path", path, "it must start with / and hold no ..",
                "as in /proc/PID/cgroup, for example cgroup:/system.slice/rewards.service");
  }
  Error last{ErrorKind::not_found, "no such cgroup", path, "no cgroup hierarchy is mounted here", ""};
  for (const auto& mount : {mounts.v2, mounts.systemd, mounts.cpu, mounts.memory, mounts.cpuacct}) {
    if (!mount) continue;
    const auto folder = cgroup_folder(*mount, path);
    if (!folder || !root.exists(*folder + "/cgroup.procs")) {
      last.why = "no hierarchy has it";
      last.hint = "the path is as in /proc/PID/cgroup, without the mount point";
      continue;
    }
    std::vector<pid_t> pids;
    const auto collected = collect(root, *folder, 0, pids);
    if (!collected) return tl::unexpected(collected.error());
    std::sort(pids.begin(), pids.end());
    pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
    // In a hybrid layout systemd's processes are in one hierarchy and the folder may exist, empty, in another.
    if (!pids.empty()) return pids;
    last = Error{ErrorKind::not_found, "no process in the cgroup", path, "it is empty", "start the service first"};
  }
  return tl::unexpected(last);
}

std::optional<std::string> v2_folder(const Root& root, const CgroupMounts& mounts, const std::string& path) {
  if (!mounts.v2) return std::nullopt;
  auto folder = cgroup_folder(*mounts.v2, path);
  if (!folder || !root.exists(*folder + "/cgroup.procs")) return std::nullopt;
  return folder;
}

}  // namespace faultline::host
