// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/allocation_watch.h"

#include <algorithm>
#include <ctime>
#include <fmt/format.h>
#include <functional>
#include <utility>

#include "advisor/host/proc.h"
#include "advisor/host/prompt.h"
#include "advisor/host/thread_clocks.h"
#include "advisor/measure/allocation_burst.h"
#include "advisor/measure/fault_bursts.h"

namespace faultline::measure {
namespace {

using Site = host::AddressSpaceProbe::Site;

const char* const what = "cannot count allocations";
// Slices that begin with a burst, where few targets are measured.
constexpr unsigned first_slices = 9;
constexpr std::size_t targets_by_turn = 2;
constexpr std::size_t most_processes_compared = 256;

/// Of all threads, as of the last tick; 0 for a process that ended. clock_getcpuclockid(3).
double cpu_seconds(const std::vector<pid_t>& processes) {
  double sum = 0;
  for (const pid_t process : processes) {
    clockid_t clock = 0;
    timespec used{};
    if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &used) != 0) continue;
    sum += static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
  }
  return sum;
}

/// By a debugger or for a checkpoint (criu writes processes down with what is in their memory then): TracerPid.
bool is_traced(const host::Machine& machine, pid_t process) {
  const auto status = machine.root.read(fmt::format("/proc/{}/status", process));
  return status && status->find("\nTracerPid:\t") != std::string::npos &&
         status->find("\nTracerPid:\t0\n") == std::string::npos;
}

}  // namespace

AllocationWatch::AllocationWatch(const host::Machine& machine, std::size_t targets) : machine_(&machine) {
  for (std::size_t i = 0; i < targets; ++i) {
    if (i < most_targets) {
      readings_.emplace_back(tl::unexpect,
                             Error{ErrorKind::unsupported, what, "window",
                                   "the window ended before allocations could be counted", "--window 5s or longer"});
    } else {
      readings_.emplace_back(
          tl::unexpect,
          Error{ErrorKind::unsupported, what, "target",
                fmt::format("only the first {} targets of an audit are probed", most_targets), "audit it alone"});
    }
  }
}

void AllocationWatch::prepare(host::AddressSpaceProbe& probe, const std::vector<std::vector<pid_t>>& processes) {
  bool somebody = false;
  for (std::size_t target = 0; target < std::min(processes.size(), most_targets); ++target) {
    for (const pid_t process : busiest(processes[target])) somebody |= functions_of(process).has_value();
  }
  if (!somebody) return;
  auto cost = host::measure_hit_cost(probe, *machine_);
  if (cost) {
    cost_ = *cost;
    return;
  }
  for (auto& reading : readings_) reading = tl::unexpected(cost.error());
}

bool AllocationWatch::is_turn(unsigned slice, std::size_t target, std::size_t targets) {
  const auto after = static_cast<unsigned>(target / targets_by_turn);
  if (target >= most_targets || slice <= after) return false;
  return is_look(slice - after) || (targets <= targets_by_turn && slice <= first_slices);
}

void AllocationWatch::look(host::AddressSpaceProbe& probe, std::size_t target, const std::vector<pid_t>& processes,
                           double used_seconds, double longest_seconds) {
  if (target >= most_targets) return;
  auto& reading = readings_[target];
  WatchedAllocations watched = reading ? *reading : WatchedAllocations{};
  const double spent = static_cast<double>(watched.counts.hits) * watched.hit_seconds;
  const double budget = WatchCost::share * std::max(tick_seconds, used_seconds) - spent;
  if (budget <= 0) return;
  probe.wait_detached();
  const host::Prompt prompt;
  const std::vector<pid_t> probed = attach(probe, target, busiest(processes), watched);
  if (probed.empty()) return probe.detach_entries(Site::first);
  watched.processes = std::max(watched.processes, probed.size());
  watched.of_processes = std::max(watched.of_processes, processes.size());
  const auto counted = burst(probe, target, probed, budget, longest_seconds, watched);
  probe.detach_entries(Site::second);
  probe.detach_entries(Site::first);
  const auto counts = probe.allocations(static_cast<unsigned>(target));
  if (!counted || !counts) {
    reading = tl::unexpected(counted ? counts.error() : counted.error());
    return;
  }
  watched.counts = *counts;
  reading = std::move(watched);
}

const Result<std::vector<target::AllocatorFile>>& AllocationWatch::functions_of(pid_t process) {
  // A process that called exec is another program.
  const std::string exe = machine_->root.read_link(fmt::format("/proc/{}/exe", process)).value_or("");
  const auto known = functions_.find(process);
  if (known != functions_.end() && known->second.exe == exe) return known->second.files;
  return functions_.insert_or_assign(process, Functions{exe, target::find_allocation_functions(*machine_, process)})
      .first->second.files;
}

std::vector<pid_t> AllocationWatch::busiest(std::vector<pid_t> processes) const {
  if (processes.size() <= most_processes) return processes;
  processes.resize(std::min(processes.size(), most_processes_compared));
  std::vector<std::pair<double, pid_t>> by_use;
  by_use.reserve(processes.size());
  for (const pid_t process : processes) by_use.emplace_back(cpu_seconds({process}), process);
  std::sort(by_use.rbegin(), by_use.rend());
  processes.clear();
  for (std::size_t i = 0; i < most_processes; ++i) processes.push_back(by_use[i].second);
  return processes;
}

std::vector<pid_t> AllocationWatch::attach(host::AddressSpaceProbe& probe, std::size_t target,
                                           const std::vector<pid_t>& processes, WatchedAllocations& watched) {
  std::vector<pid_t> probed;
  auto& reading = readings_[target];
  for (const pid_t process : processes) {
    if (is_traced(*machine_, process)) {
      const Error traced{ErrorKind::refused, what, "TracerPid", "a debugger holds the process, or a checkpoint", ""};
      if (!reading) reading = tl::unexpected(traced);
      continue;
    }
    const auto& files = functions_of(process);
    if (!files) {
      if (!reading) reading = tl::unexpected(files.error());
      continue;
    }
    if (!cost_) {
      // What a hit costs is measured before the window.
      const Error late{ErrorKind::unsupported, what, "window", "no process could be probed when the window opened", ""};
      if (!reading) reading = tl::unexpected(late);
      continue;
    }
    watched.hit_seconds = cost_->seconds;
    bool attached = false;
    for (const target::AllocatorFile& file : *files) {
      const auto done = probe.attach_entries(process, *file.file, file.entries, Site::first);
      attached |= done.has_value();
      if (!done && !reading) reading = tl::unexpected(done.error());
      if (done && watched.where.find(file.where) == std::string::npos) {
        watched.where += (watched.where.empty() ? "" : ", ") + file.where;
        watched.left_out += (watched.left_out.empty() || file.left_out.empty() ? "" : ", ") + file.left_out;
      }
    }
    if (attached) probed.push_back(process);
  }
  return probed;
}

/// Of a process that ended meanwhile there is nothing to attach to.
void AllocationWatch::attach_second(host::AddressSpaceProbe& probe, const std::vector<pid_t>& processes) {
  for (const pid_t process : processes) {
    const auto& files = functions_of(process);
    if (!files) continue;
    for (const target::AllocatorFile& file : *files) {
      (void)probe.attach_entries(process, *file.file, file.entries, Site::second);
    }
  }
}

bool AllocationWatch::has_second(const std::vector<pid_t>& processes) {
  return std::any_of(processes.begin(), processes.end(), [&](pid_t process) {
    const auto& files = functions_of(process);
    return files && std::any_of(files->begin(), files->end(), [](const target::AllocatorFile& file) {
             return std::any_of(file.entries.begin(), file.entries.end(),
                                [](const host::AllocationEntry& entry) { return entry.second.has_value(); });
           });
  });
}

Result<void> AllocationWatch::burst(host::AddressSpaceProbe& probe, std::size_t target,
                                    const std::vector<pid_t>& probed, double budget_seconds, double longest_seconds,
                                    WatchedAllocations& watched) {
  const auto clocks = host::ThreadClocks::open(*machine_, probed);
  if (!clocks && clocks.error().kind == ErrorKind::gone) return {};
  if (!clocks) return tl::unexpected(clocks.error());
  BurstLimits limits{longest_seconds, budget_seconds / watched.hit_seconds, watched.hit_seconds};
  for (const AllocationBurst& earlier : watched.bursts) limits.before.add(earlier.once);
  std::function<void()> twice;
  if (has_second(probed)) twice = [&] { attach_second(probe, probed); };
  watched.bursts.push_back(count_a_burst(probe, static_cast<unsigned>(target), *clocks, limits, twice));
  watched.unclocked_cpu_seconds += clocks->other_seconds();
  return {};
}

}  // namespace faultline::measure
