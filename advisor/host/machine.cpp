// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/machine.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/perf_event.h>
#include <numa.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "advisor/host/text_scan.h"

namespace faultline::host {
namespace {

std::optional<int> read_int(const Root& root, std::string_view path) {
  const auto text = root.read(path);
  return text ? to_number<int>(trimmed(*text)) : std::nullopt;
}

std::uint64_t effective_capabilities(const Root& root) {
  const auto text = root.read("/proc/self/status");
  if (!text) return 0;
  const auto at = text->find("CapEff:");
  if (at == std::string::npos) return 0;
  std::string_view rest = std::string_view(*text).substr(at + 7);
  return to_number(trimmed(take_until(rest, '\n')), 16).value_or(0);
}

Fd open_event(std::uint32_t type, std::uint64_t config, pid_t pid, int cpu, unsigned long flags) {
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = type;
  attr.config = config;
  attr.disabled = 1;
  attr.exclude_kernel = flags == 0 ? 1 : 0;
  return Fd(static_cast<int>(::syscall(SYS_perf_event_open, &attr, pid, cpu, -1, flags | PERF_FLAG_FD_CLOEXEC)));
}

bool can_bind_to_cgroup(const Root& root, const CgroupMounts& cgroups) {
  if (!cgroups.v2) return false;
  const auto folder = root.open_path(cgroups.v2->point, O_RDONLY | O_DIRECTORY);
  if (!folder) return false;
  return bool(open_event(PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, folder->get(), 0, PERF_FLAG_PID_CGROUP));
}

Abilities read_abilities(const Root& root, const CgroupMounts& cgroups) {
  const std::uint64_t effective = effective_capabilities(root);
  const auto has = [&](int capability) { return ((effective >> static_cast<unsigned>(capability)) & 1U) != 0; };
  Abilities can;
  can.uid = ::geteuid();
  can.cap_sys_ptrace = has(CAP_SYS_PTRACE);
  can.cap_perfmon = has(CAP_PERFMON);
  can.cap_sys_admin = has(CAP_SYS_ADMIN);
  can.cap_syslog = has(CAP_SYSLOG);
  can.cap_dac_read_search = has(CAP_DAC_READ_SEARCH);
  can.perf_event_paranoid = read_int(root, "/proc/sys/kernel/perf_event_paranoid");
  can.kptr_restrict = read_int(root, "/proc/sys/kernel/kptr_restrict");
  can.has_pmu = bool(open_event(PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 0, -1, 0));
  can.has_perf_cgroup = can_bind_to_cgroup(root, cgroups);
  can.has_btf = root.exists("/sys/kernel/btf/vmlinux");
  return can;
}

unsigned count_nodes_with_memory() {
  if (::numa_available() < 0) return 1;
  unsigned nodes = 0;
  for (int node = 0; node <= ::numa_max_node(); ++node) {
    if (::numa_node_size64(node, nullptr) > 0) ++nodes;
  }
  return nodes > 0 ? nodes : 1;
}

/// The numbers in a /proc are those of the PID namespace that it was mounted for (pid_namespaces(7)), system calls take
/// those of our own: by the one number they would mean two processes.
bool has_our_numbers(const Root& root) {
  const auto self = root.read_link("/proc/self");
  return !self || to_number<pid_t>(*self) == ::getpid();
}

}  // namespace

bool Abilities::kernel_profiling() const {
  if (cap_sys_admin) return true;
  // Debian's patch: from 3 on nothing but CAP_SYS_ADMIN helps
  // (security-perf-allow-further-restriction-of-perf_event_open).
  if (perf_event_paranoid.value_or(2) >= 3) return false;
  return cap_perfmon || perf_event_paranoid.value_or(2) <= 1;
}

bool Abilities::cpu_wide() const {
  if (cap_sys_admin) return true;
  if (perf_event_paranoid.value_or(2) >= 3) return false;
  return cap_perfmon || perf_event_paranoid.value_or(2) <= 0;
}

Result<Machine> inspect_machine(const std::string& root_path) {
  auto root = Root::open(root_path);
  if (!root) return tl::unexpected(root.error());
  auto cgroups = find_cgroup_mounts(*root);
  // A machine without /proc can't be examined at all; one without cgroups can.
  if (!cgroups && !root->exists("/proc/self/stat")) {
    return fail(ErrorKind::unsupported, "cannot examine this machine", "/proc", "it is not mounted",
                "mount -t proc proc /proc");
  }
  if (!has_our_numbers(*root)) {
    return fail(ErrorKind::unsupported, "cannot examine this machine", "/proc", "it is that of another PID namespace",
                "run it where /proc was mounted, or mount one of its own: unshare --mount-proc");
  }
  Machine machine{std::move(*root), cgroups ? *cgroups : CgroupMounts{}, {}, {}};
  machine.abilities = read_abilities(machine.root, machine.cgroups);
  utsname name{};
  ::uname(&name);
  machine.facts.kernel = name.release;
  machine.facts.architecture = name.machine;
  machine.facts.cpus = static_cast<unsigned>(::sysconf(_SC_NPROCESSORS_ONLN));
  machine.facts.numa_nodes = count_nodes_with_memory();
  machine.facts.page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return machine;
}

}  // namespace faultline::host
