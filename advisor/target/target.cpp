// SPDX-License-Identifier: Apache-2.0
#include "advisor/target/target.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "advisor/host/fd.h"
#include "advisor/host/proc.h"
#include "advisor/host/text_scan.h"
#include "advisor/model/text.h"
#include "advisor/model/unit_name.h"
#include "advisor/target/near_misses.h"
#include "advisor/target/runtime.h"

namespace faultline::target {
namespace {

constexpr const char* forms = "NAME.service, pid:N, cgroup:/PATH, all, or -- COMMAND";

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

Result<Spec> parse_pid(const std::string& text, std::string_view digits) {
  const auto pid = is_digits(digits) ? host::to_number<pid_t>(digits) : std::nullopt;
  if (!pid || *pid <= 0) {
    return fail(ErrorKind::usage, "not a process id", text, "a pid is a positive number", "for example pid:4121");
  }
  return Spec{Kind::pid, false, {}, *pid};
}

tl::unexpected<Error> refuse(pid_t pid, const std::string& why, const std::string& hint) {
  return fail(ErrorKind::refused, "can't audit", fmt::format("pid:{}", pid), why, hint);
}

/// A process that /proc does not show may run all the same: proc(5), hidepid.
bool runs_unseen(const host::Machine& machine, pid_t pid) {
  if (machine.root.path() != "/") return false;
  return bool(host::Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))));
}

/// The states of a process that no audit can say anything about.
Result<void> check_process(const host::Machine& machine, pid_t pid) {
  if (pid == ::getpid()) return refuse(pid, "that is faultline itself", "name another process");
  const auto stat = host::read_stat(machine.root, pid);
  if (!stat && stat.error().kind == ErrorKind::gone && runs_unseen(machine, pid)) {
    return fail(ErrorKind::permission, "can't see the process", fmt::format("pid:{}", pid),
                "/proc hides those of other users (it is mounted with hidepid)", "run as root, or as its user");
  }
  if (!stat && stat.error().kind == ErrorKind::gone) {
    return fail(ErrorKind::not_found, "no such process", fmt::format("pid:{}", pid), "nothing runs under that id",
                "it may have ended or restarted: look for its new id, or audit its unit by name");
  }
  if (!stat) return tl::unexpected(stat.error());
  if (stat->kernel_thread()) {
    return refuse(pid, fmt::format("it is a kernel thread ({})", visible(stat->comm)),
                  "kernel threads have no address space; name a user process");
  }
  if (stat->ended()) {
    return refuse(pid, fmt::format("it has ended and waits for its parent, pid {}, to notice (zombie)", stat->parent),
                  fmt::format("audit its parent: pid:{}", stat->parent));
  }
  return {};
}

/// The process with the most CPU time stands for a cgroup.
Result<pid_t> busiest(const host::Machine& machine, const std::vector<pid_t>& pids, const std::string& path) {
  pid_t best = 0;
  double most_seconds = -1;
  for (const pid_t pid : pids) {
    const auto stat = host::read_stat(machine.root, pid);
    if (!stat || stat->kernel_thread() || stat->ended() || pid == ::getpid()) continue;
    if (stat->cpu_seconds > most_seconds) {
      most_seconds = stat->cpu_seconds;
      best = pid;
    }
  }
  if (best != 0) return best;
  return fail(ErrorKind::not_found, "no process in the cgroup", path, "none that is alive and not faultline's own",
              "start the service first");
}

Result<Target> resolve_pid(const Spec& spec, const host::Machine& machine) {
  if (auto usable = check_process(machine, spec.pid); !usable) return tl::unexpected(usable.error());
  Target target;
  target.kind = Kind::pid;
  target.name = fmt::format("pid:{}", spec.pid);
  target.main_pid = spec.pid;
  return target;
}

Result<Target> resolve_cgroup(const Spec& spec, const host::Machine& machine) {
  const auto pids = host::list_cgroup_processes(machine.root, machine.cgroups, spec.name);
  if (!pids) return tl::unexpected(pids.error());
  const auto main_pid = busiest(machine, *pids, spec.name);
  if (!main_pid) return tl::unexpected(main_pid.error());
  Target target;
  target.kind = Kind::cgroup;
  target.name = "cgroup:" + spec.name;
  target.cgroup = spec.name;
  target.main_pid = *main_pid;
  return target;
}

tl::unexpected<Error> unknown_unit(const std::string& name, host::SystemBus& bus) {
  std::vector<std::string> names;
  if (const auto units = bus.list_units()) {
    for (const auto& unit : *units) {
      if (unit.id.ends_with(".service") && unit.load_state != "not-found") names.push_back(unit.id);
    }
  }
  if (const auto files = bus.list_unit_files()) {
    for (const auto& file : *files) {
      if (file.ends_with(".service")) names.push_back(file);
    }
  }
  const auto near = near_misses(name, names);
  const std::string hint =
      near.empty() ? fmt::format("`systemctl list-units --type=service` lists the units; a TARGET is {}", forms)
                   : fmt::format("did you mean {}?", fmt::join(near, " or "));
  return fail(ErrorKind::usage, "no such unit", name, "systemd knows no unit of that name", hint);
}

/// systemd hands over whole values; in a snapshot goes what is tuning.
void scrub(Unit& unit) {
  for (auto& [name, value] : unit.environment) value = scrubbed_value(name, value);
  for (EnvironmentFile& file : unit.environment_files) {
    for (auto& [name, value] : file.sets) value = scrubbed_value(name, value);
  }
}

Result<Target> target_of_unit(Unit unit, const host::Machine& machine) {
  if (unit.load_state == "masked") {
    return fail(ErrorKind::not_found, "the unit is masked", unit.id, "it can't run", "systemctl unmask " + unit.id);
  }
  if (unit.control_group.empty()) {
    return fail(ErrorKind::not_found, "the unit is not running", unit.id,
                fmt::format("its state is {}", unit.active_state), "systemctl start " + unit.id);
  }
  const auto pids = host::list_cgroup_processes(machine.root, machine.cgroups, unit.control_group);
  if (!pids || pids->empty()) {
    return fail(ErrorKind::not_found, "the unit has no process", unit.id,
                fmt::format("its state is {} and its cgroup {} is empty or not mounted here", unit.active_state,
                            unit.control_group),
                "systemctl status " + unit.id);
  }
  Target target;
  target.kind = Kind::unit;
  target.name = unit.id;
  target.cgroup = unit.control_group;
  const bool main_is_there = std::find(pids->begin(), pids->end(), unit.main_pid) != pids->end();
  const auto main_pid = main_is_there ? Result<pid_t>(unit.main_pid) : busiest(machine, *pids, unit.control_group);
  if (!main_pid) return tl::unexpected(main_pid.error());
  target.main_pid = *main_pid;
  scrub(unit);
  target.unit = std::move(unit);
  return target;
}

Result<Target> resolve_unit(const Spec& spec, const host::Machine& machine, host::SystemBus* bus) {
  if (bus == nullptr) {
    return fail(ErrorKind::unsupported, "can't resolve a unit", spec.name, "systemd can't be asked here",
                "give pid:N, cgroup:/PATH or -- COMMAND");
  }
  auto unit = bus->unit(spec.name, is_tuning_variable);
  if (!unit && unit.error().kind == ErrorKind::not_found) return unknown_unit(spec.name, *bus);
  if (!unit) return tl::unexpected(unit.error());
  return target_of_unit(std::move(*unit), machine);
}

}  // namespace

Result<Spec> parse(const std::string& text) {
  if (text == "all") return Spec{Kind::unit, true, {}, 0};
  if (text.starts_with("pid:")) return parse_pid(text, std::string_view(text).substr(4));
  if (is_digits(text)) return parse_pid(text, text);
  if (text.starts_with("cgroup:")) {
    std::string path = text.substr(7);
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    if (!path.starts_with('/') || path.find("..") != std::string::npos || path == "/") {
      return fail(ErrorKind::usage, "not a cgroup path", text, "it must start with / and be neither / nor hold '..'",
                  "as in /proc/PID/cgroup, for example cgroup:/system.slice/rewards.service");
    }
    return Spec{Kind::cgroup, false, std::move(path), 0};
  }
  for (const auto* later : {"pod:", "deploy:", "sts:", "ds:"}) {
    if (text.starts_with(later)) {
      return fail(ErrorKind::usage, "not a target of this version", text, "it does not audit pods and workloads yet",
                  "on the node, give the pod's cgroup: cgroup:/kubepods.slice/…");
    }
  }
  std::string name = text;
  if (name.find('.') == std::string::npos) name += ".service";
  if (auto valid = check_unit_name(name); !valid) {
    Error error = valid.error();
    error.where = text;
    error.hint = fmt::format("a TARGET is {}", forms);
    return tl::unexpected(error);
  }
  if (!name.ends_with(".service")) {
    return fail(ErrorKind::usage, "not a service", text, "only units that end in .service run processes of their own",
                fmt::format("a TARGET is {}", forms));
  }
  return Spec{Kind::unit, false, std::move(name), 0};
}

Result<Target> resolve(const Spec& spec, const host::Machine& machine, host::SystemBus* bus) {
  switch (spec.kind) {
    case Kind::pid: return resolve_pid(spec, machine);
    case Kind::cgroup: return resolve_cgroup(spec, machine);
    case Kind::unit: return resolve_unit(spec, machine, bus);
    case Kind::command: break;
  }
  return fail(ErrorKind::bug, "can't resolve a command", spec.name, "its caller starts it");
}

Result<std::vector<Target>> resolve_all(const host::Machine& machine, host::SystemBus* bus) {
  if (bus == nullptr) {
    return fail(ErrorKind::unsupported, "can't list the services", "all", "systemd can't be asked here",
                "give pid:N, cgroup:/PATH or -- COMMAND");
  }
  const auto units = bus->list_units();
  if (!units) return tl::unexpected(units.error());
  std::vector<Target> targets;
  for (const auto& summary : *units) {
    if (!summary.id.ends_with(".service") || summary.active_state != "active") continue;
    auto unit = bus->unit(summary.id, is_tuning_variable);
    if (!unit) continue;  // it went away since the list was made
    if (auto target = target_of_unit(std::move(*unit), machine)) targets.push_back(std::move(*target));
  }
  return targets;
}

}  // namespace faultline::target
