// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/cgroup.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>

#include "advisor/host/proc.h"
#include "advisor/host/text_scan.h"

namespace faultline::host {
namespace {

constexpr int deepest_cgroup = 64;

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

std::string join(const std::string& mount, std::string_view path) {
  return path == "/" ? mount : mount + std::string(path);
}

/// Folders from a cgroup up to the mount, leaf first, the mount itself last. A path that leads out of the cgroup
/// namespace ("/../x", cgroup_namespaces(7)) has no folders here.
std::vector<std::string> folders_of(const std::string& mount, std::string path) {
  std::vector<std::string> folders;
  if (!path.starts_with('/') || path.find("/..") != std::string::npos) return folders;
  for (int depth = 0; depth < deepest_cgroup; ++depth) {
    folders.push_back(join(mount, path.empty() ? "/" : path));
    if (path.empty() || path == "/") break;
    path.erase(path.rfind('/'));
  }
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
  if (!mounts.cpuacct || !mounts.cpu || path != cpu_path) return;
  for (CpuControl& control : controls) {
    const std::string folder = *mounts.cpuacct + control.path.substr(mounts.cpu->size());
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
std::vector<Control> read_levels(const Root& root, const std::vector<std::string>& folders,
                                 std::optional<Control> (*read)(const Root&, const std::string&)) {
  std::vector<Control> levels;
  for (const std::string& folder : folders) {
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
  if (depth >= deepest_cgroup) return {};
  const auto names = root.list(folder);
  if (!names) return {};
  for (const std::string& name : *names) {
    // Control files have a dot, child cgroups may too: only folders have a cgroup.procs in them.
    const std::string below = folder + "/" + name;
    if (root.exists(below + "/cgroup.procs")) (void)collect(root, below, depth + 1, pids);
  }
  return {};
}

}  // namespace

Result<CgroupMounts> find_cgroup_mounts(const Root& root) {
  const auto text = root.read("/proc/self/mountinfo");
  if (!text) return tl::unexpected(text.error());
  CgroupMounts mounts;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::string_view line = take_until(rest, '\n');
    // "36 35 98:0 /root /mount/point options - type source superoptions", proc_pid_mountinfo(5).
    const auto dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    std::string_view head = line.substr(0, dash);
    for (int field = 0; field < 4; ++field) take_word(head);
    const std::string point(take_word(head));
    std::string_view tail = line.substr(dash + 3);
    const std::string_view type = take_word(tail);
    take_word(tail);
    std::string_view options = trimmed(tail);
    if (type == "cgroup2" && !mounts.v2) mounts.v2 = point;
    if (type != "cgroup") continue;
    while (!options.empty()) {
      const std::string_view option = take_until(options, ',');
      if (option == "cpu") mounts.cpu = point;
      if (option == "cpuacct") mounts.cpuacct = point;
      if (option == "memory") mounts.memory = point;
      if (option == "name=systemd") mounts.systemd = point;
    }
  }
  return mounts;
}

Result<std::vector<CpuControl>> read_cpu_controls(const Root& root, const CgroupMounts& mounts, pid_t pid) {
  const auto cgroups = read_cgroups(root, pid);
  if (!cgroups) return tl::unexpected(cgroups.error());
  if (const auto path = v1_path(*cgroups, "cpu"); path && mounts.cpu) {
    auto controls = read_levels<CpuControl>(root, folders_of(*mounts.cpu, *path), read_v1_cpu);
    add_v1_usage(root, mounts, *cgroups, *path, controls);
    return controls;
  }
  const auto v2 = cgroups->find("");
  if (v2 == cgroups->end() || !mounts.v2) return std::vector<CpuControl>{};
  return read_levels<CpuControl>(root, folders_of(*mounts.v2, v2->second), read_v2_cpu);
}

Result<std::vector<MemoryControl>> read_memory_controls(const Root& root, const CgroupMounts& mounts, pid_t pid) {
  const auto cgroups = read_cgroups(root, pid);
  if (!cgroups) return tl::unexpected(cgroups.error());
  if (const auto path = v1_path(*cgroups, "memory"); path && mounts.memory) {
    return read_levels<MemoryControl>(root, folders_of(*mounts.memory, *path), read_v1_memory);
  }
  const auto v2 = cgroups->find("");
  if (v2 == cgroups->end() || !mounts.v2) return std::vector<MemoryControl>{};
  return read_levels<MemoryControl>(root, folders_of(*mounts.v2, v2->second), read_v2_memory);
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
    const std::string folder = join(*mount, path);
    if (!root.exists(folder + "/cgroup.procs")) {
      last.why = "no hierarchy has it";
      last.hint = "the path is as in /proc/PID/cgroup, without the mount point";
      continue;
    }
    std::vector<pid_t> pids;
    const auto collected = collect(root, folder, 0, pids);
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
  if (!mounts.v2 || !path.starts_with('/') || path.find("/..") != std::string::npos) return std::nullopt;
  std::string folder = join(*mounts.v2, path);
  if (!root.exists(folder + "/cgroup.procs")) return std::nullopt;
  return folder;
}

}  // namespace faultline::host
