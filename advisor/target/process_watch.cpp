// SPDX-License-Identifier: Apache-2.0
#include "advisor/target/process_watch.h"

#include <algorithm>
#include <fmt/format.h>
#include <poll.h>
#include <set>
#include <sys/syscall.h>

#include "advisor/host/proc.h"
#include "advisor/host/text_scan.h"

namespace faultline::target {
namespace {

host::Fd open_pidfd(pid_t pid) { return host::Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); }

/// Children of all threads of a process, from the children files (CONFIG_PROC_CHILDREN); nothing without them.
std::optional<std::vector<pid_t>> children_by_file(const host::Root& root, pid_t pid) {
  const auto threads = host::list_threads(root, pid);
  if (!threads) return std::vector<pid_t>{};
  std::vector<pid_t> children;
  bool any_file = false;
  for (const pid_t thread : *threads) {
    const auto text = root.read(fmt::format("/proc/{}/task/{}/children", pid, thread));
    if (!text) continue;
    any_file = true;
    std::string_view rest = *text;
    while (!rest.empty()) {
      if (const auto child = host::to_number<pid_t>(host::take_word(rest))) children.push_back(*child);
    }
  }
  if (!any_file) return std::nullopt;
  return children;
}

std::vector<pid_t> children_by_scan(const host::Root& root, pid_t parent) {
  std::vector<pid_t> children;
  const auto all = host::list_processes(root);
  if (!all) return children;
  for (const pid_t pid : *all) {
    const auto stat = host::read_stat(root, pid);
    if (stat && stat->parent == parent) children.push_back(pid);
  }
  return children;
}

std::vector<pid_t> children_of(const host::Root& root, pid_t pid) {
  if (auto children = children_by_file(root, pid)) return *children;
  return children_by_scan(root, pid);
}

}  // namespace

ProcessWatch::ProcessWatch(const host::Machine& machine, Target target)
    : machine_(&machine), target_(std::move(target)) {}

Result<ProcessWatch> ProcessWatch::begin(const host::Machine& machine, const Target& target) {
  ProcessWatch watch(machine, target);
  if (target.cgroup.empty()) {
    // Children that are there already are other targets; those forked from now on belong to this one.
    for (const pid_t child : children_of(machine.root, target.main_pid)) {
      if (const auto stat = host::read_stat(machine.root, child)) watch.others_.emplace(child, stat->start_ticks);
    }
    watch.add(target.main_pid, true);
  } else {
    const auto pids = host::list_cgroup_processes(machine.root, machine.cgroups, target.cgroup);
    if (!pids) return tl::unexpected(pids.error());
    for (const pid_t pid : *pids) watch.add(pid, true);
  }
  if (!watch.ended()) return watch;
  return fail(ErrorKind::gone, "nothing to watch", target.name, "the target ended before the window opened",
              "start it again, then audit it");
}

bool ProcessWatch::is_followed(pid_t pid) const {
  const auto process = processes_.find(pid);
  return process != processes_.end() && process->second.alive;
}

/// By its start time too: the PID of a child that ended may be given to one of the target's own.
bool ProcessWatch::was_there_before(const host::ProcStat& stat) const {
  const auto other = others_.find(stat.pid);
  return other != others_.end() && other->second == stat.start_ticks;
}

void ProcessWatch::add(pid_t pid, bool at_start) {
  if (is_followed(pid)) return;
  if (processes_.size() >= cap) {
    overflowed_ = true;
    return;
  }
  // The pidfd first: what is read after belongs to the process that it holds, or the process has ended.
  WatchedProcess process;
  process.pid = pid;
  process.pidfd = open_pidfd(pid);
  process.at_start = at_start;
  const auto stat = host::read_stat(machine_->root, pid);
  if (!stat || stat->ended() || stat->kernel_thread() || was_there_before(*stat)) return;
  process.start_ticks = stat->start_ticks;
  processes_.insert_or_assign(pid, std::move(process));
}

void ProcessWatch::refresh(Births births) {
  for (auto& [pid, process] : processes_) {
    if (!process.alive) continue;
    if (process.pidfd) {
      pollfd exited{process.pidfd.get(), POLLIN, 0};
      process.alive = ::poll(&exited, 1, 0) <= 0;  // interrupted says nothing
    } else {
      const auto stat = host::read_stat(machine_->root, pid);
      process.alive = stat && !stat->ended() && stat->start_ticks == process.start_ticks;
    }
    if (!process.alive) process.pidfd.reset();
  }
  // What was born and died in the window is forgotten, so that a fork storm does not fill the watch.
  std::erase_if(processes_, [](const auto& entry) { return !entry.second.alive && !entry.second.at_start; });
  if (!target_.cgroup.empty()) {
    const auto pids = host::list_cgroup_processes(machine_->root, machine_->cgroups, target_.cgroup);
    if (!pids) return;  // the cgroup went with its last process
    for (const pid_t pid : *pids) add(pid, false);
    return;
  }
  if (births == Births::may_be) add_descendants();
}

void ProcessWatch::add_descendants() {
  std::vector<pid_t> pending = living();
  while (!pending.empty() && !overflowed_) {
    const pid_t parent = pending.back();
    pending.pop_back();
    for (const pid_t child : children_of(machine_->root, parent)) {
      if (is_followed(child)) continue;
      add(child, false);
      if (is_followed(child)) pending.push_back(child);
    }
  }
}

std::vector<pid_t> ProcessWatch::living() const {
  std::vector<pid_t> pids;
  for (const auto& [pid, process] : processes_) {
    if (process.alive) pids.push_back(pid);
  }
  return pids;
}

bool ProcessWatch::ended() const {
  return std::none_of(processes_.begin(), processes_.end(), [](const auto& entry) { return entry.second.alive; });
}

pid_t ProcessWatch::main_pid() const {
  const auto main = processes_.find(target_.main_pid);
  if (main != processes_.end() && main->second.alive) return target_.main_pid;
  const WatchedProcess* oldest = nullptr;
  for (const auto& [pid, process] : processes_) {
    if (process.alive && (oldest == nullptr || process.start_ticks < oldest->start_ticks)) oldest = &process;
  }
  return oldest != nullptr ? oldest->pid : target_.main_pid;
}

}  // namespace faultline::target
