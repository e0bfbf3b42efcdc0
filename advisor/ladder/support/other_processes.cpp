// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/other_processes.h"

#include <algorithm>
#include <unistd.h>

#include "advisor/host/proc.h"
#include "advisor/model/text.h"

namespace faultline {
namespace {

// One file of some 15 us each, twice: 60 ms of faultline's time at most.
constexpr std::size_t most_processes = 2000;

}  // namespace

void OtherProcesses::look(const host::Root& root, const target::ProcessWatch& watch) {
  const auto pids = host::list_processes(root);
  if (!pids) return;
  too_many_ = too_many_ || pids->size() > most_processes;
  if (too_many_) return;
  const bool is_first = looks_ == 0;
  for (const pid_t pid : *pids) {
    if (pid == ::getpid() || watch.processes().contains(pid)) continue;
    const auto stat = host::read_stat(root, pid);
    if (!stat) continue;
    // One that was born in the window did all that it did in the window.
    const auto [known, is_new] =
        processes_.try_emplace({pid, stat->start_ticks}, Track{{}, is_first ? stat->cpu_seconds : 0.0, 0.0});
    known->second.comm = stat->comm;
    known->second.last = stat->cpu_seconds;
  }
  ++looks_;
}

std::vector<OtherProcess> OtherProcesses::busiest(std::size_t most) const {
  std::vector<OtherProcess> all;
  for (const auto& [key, track] : processes_) {
    if (track.last > track.first) all.push_back({visible(track.comm), track.last - track.first});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const OtherProcess& a, const OtherProcess& b) { return a.cpu_seconds > b.cpu_seconds; });
  all.resize(std::min(all.size(), most));
  return all;
}

}  // namespace faultline
