// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/process_tally.h"

#include <algorithm>

#include "advisor/host/proc.h"

namespace faultline {
namespace {

Usage usage_of(const host::ProcStat& stat) { return {stat.minor_faults, stat.major_faults, stat.cpu_seconds}; }

void add(Usage& sum, const Usage& last, const Usage& first) {
  sum.minor_faults += last.minor_faults - std::min(last.minor_faults, first.minor_faults);
  sum.major_faults += last.major_faults - std::min(last.major_faults, first.major_faults);
  sum.cpu_seconds += std::max(0.0, last.cpu_seconds - first.cpu_seconds);
}

}  // namespace

ProcessTally::ProcessTally()
    : counters_({host::Counted::minor_faults, host::Counted::major_faults, host::Counted::task_clock_ns}) {}

void ProcessTally::look(const host::Root& root, const target::ProcessWatch& watch) {
  if (by_events()) return;
  // Dead ones too: until it is reaped a process still says what it used.
  for (const auto& [pid, process] : watch.processes()) {
    look_at(root, pid, process.start_ticks, first_look_ && process.at_start);
  }
  first_look_ = false;
}

void ProcessTally::look_at(const host::Root& root, pid_t pid, std::optional<std::uint64_t> start_ticks,
                           bool lived_before) {
  const auto stat = host::read_stat(root, pid);
  if (!stat || (start_ticks && stat->start_ticks != *start_ticks)) return;
  const Usage now = usage_of(*stat);
  const auto [track, is_new] =
      tracks_.try_emplace(Key{pid, stat->start_ticks}, Track{lived_before ? now : Usage{}, now});
  if (!is_new) track->second.last = now;
}

void ProcessTally::follow(const host::Root& root, const target::ProcessWatch& watch, const target::Activity& activity,
                          bool can_count) {
  if (!can_count || events_failed_) return;
  if (by_events()) {
    for (const host::Birth& birth : activity.births()) counted_.insert(birth.pid);
    count_newcomers(root, watch);
  } else if (!activity.births().empty()) {
    count_by_events(root, watch, activity);
  }
}

void ProcessTally::count_by_events(const host::Root& root, const target::ProcessWatch& watch,
                                   const target::Activity& activity) {
  look(root, watch);
  for (const host::Birth& birth : activity.births()) look_at(root, birth.pid, std::nullopt, false);
  std::set<pid_t> pids;
  for (const pid_t pid : watch.living()) pids.insert(pid);
  for (const host::Birth& birth : activity.births()) pids.insert(birth.pid);
  for (const pid_t pid : pids) {
    if (counters_.attach(root, pid)) continue;
    counters_.detach();
    events_failed_ = true;
    return;
  }
  before_events_ = read_usage();
  counted_ = std::move(pids);
}

/// Processes that joined from outside, as a new main process of a unit does, inherited no counter.
void ProcessTally::count_newcomers(const host::Root& root, const target::ProcessWatch& watch) {
  for (const pid_t pid : watch.living()) {
    if (counted_.insert(pid).second) (void)counters_.attach(root, pid);
  }
}

Usage ProcessTally::read_usage() const {
  Usage sum;
  for (const auto& [key, track] : tracks_) add(sum, track.last, track.first);
  return sum;
}

std::optional<Usage> ProcessTally::usage() const {
  if (!by_events()) return read_usage();
  const auto minor = counters_.sum(host::Counted::minor_faults);
  const auto major = counters_.sum(host::Counted::major_faults);
  const auto clock_ns = counters_.sum(host::Counted::task_clock_ns);
  if (!minor || !major || !clock_ns) return std::nullopt;
  Usage sum = before_events_;
  sum.minor_faults += *minor;
  sum.major_faults += *major;
  sum.cpu_seconds += static_cast<double>(*clock_ns) * 1e-9;
  return sum;
}

}  // namespace faultline
