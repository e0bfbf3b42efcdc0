// SPDX-License-Identifier: Apache-2.0
// Where the hierarchies are mounted, and where a cgroup is found below a mount.
#include "advisor/host/cgroup.h"
#include "advisor/host/text_scan.h"

namespace faultline::host {
namespace {

/// Blanks, newlines and backslashes in a path are octal there: "\\040" (fs/proc_namespace.c, mangle).
std::string unescaped(std::string_view path) {
  std::string plain;
  while (!path.empty()) {
    const auto code =
        path[0] == '\\' && path.size() >= 4 ? to_number<unsigned char>(path.substr(1, 3), 8) : std::nullopt;
    plain += code ? static_cast<char>(*code) : path[0];
    path.remove_prefix(code ? 4 : 1);
  }
  return plain;
}

/// Of several mounts of a hierarchy the first counts, unless a later one shows all of it.
void keep(std::optional<CgroupMount>& kept, const CgroupMount& mount) {
  if (!kept || (kept->root != "/" && mount.root == "/")) kept = mount;
}

void keep_v1(CgroupMounts& mounts, const CgroupMount& mount, std::string_view options) {
  while (!options.empty()) {
    const std::string_view option = take_until(options, ',');
    if (option == "cpu") keep(mounts.cpu, mount);
    if (option == "cpuacct") keep(mounts.cpuacct, mount);
    if (option == "memory") keep(mounts.memory, mount);
    if (option == "name=systemd") keep(mounts.systemd, mount);
  }
}

}  // namespace

CgroupMounts parse_cgroup_mounts(std::string_view mountinfo) {
  CgroupMounts mounts;
  while (!mountinfo.empty()) {
    const std::string_view line = take_until(mountinfo, '\n');
    // "36 35 98:0 /root /mount/point options - type source superoptions", proc_pid_mountinfo(5).
    const auto dash = line.find(" - ");
    if (dash == std::string_view::npos) continue;
    std::string_view head = line.substr(0, dash);
    for (int field = 0; field < 3; ++field) take_word(head);
    CgroupMount mount;
    mount.root = unescaped(take_word(head));
    mount.point = unescaped(take_word(head));
    std::string_view tail = line.substr(dash + 3);
    const std::string_view type = take_word(tail);
    take_word(tail);
    if (type == "cgroup2") keep(mounts.v2, mount);
    if (type == "cgroup") keep_v1(mounts, mount, trimmed(tail));
  }
  return mounts;
}

Result<CgroupMounts> find_cgroup_mounts(const Root& root) {
  const auto text = root.read("/proc/self/mountinfo");
  if (!text) return tl::unexpected(text.error());
  return parse_cgroup_mounts(*text);
}

std::optional<std::string> cgroup_folder(const CgroupMount& mount, std::string_view path) {
  // "/../x" is a cgroup outside of our cgroup namespace, cgroup_namespaces(7).
  if (!path.starts_with('/') || (std::string(path) + "/").find("/../") != std::string::npos) return std::nullopt;
  if (mount.root != "/") {
    if (!path.starts_with(mount.root)) return std::nullopt;
    path.remove_prefix(mount.root.size());
    if (!path.empty() && path[0] != '/') return std::nullopt;
  }
  return path == "/" ? mount.point : mount.point + std::string(path);
}

}  // namespace faultline::host
