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

/// What a process had used at the first look; one that was born in the window did all that it did in the window.
double used_before(const ProcessTable& first, const ProcessTable::Row& row) {
  const auto before = std::lower_bound(first.rows.begin(), first.rows.end(), row.pid,
                                       [](const ProcessTable::Row& one, pid_t pid) { return one.pid < pid; });
  const bool is_same = before != first.rows.end() && before->pid == row.pid && before->start_ticks == row.start_ticks;
  return is_same ? before->cpu_seconds : 0.0;
}

}  // namespace

std::shared_ptr<const ProcessTable> ProcessTable::read(const host::Root& root) {
  auto pids = host::list_processes(root);
  if (!pids) return nullptr;
  auto table = std::make_shared<ProcessTable>();
  table->too_many = pids->size() > most_processes;
  if (table->too_many) return table;
  std::sort(pids->begin(), pids->end());
  for (const pid_t pid : *pids) {
    if (pid == ::getpid()) continue;
    if (const auto stat = host::read_stat(root, pid)) {
      table->rows.push_back({pid, stat->start_ticks, stat->comm, stat->cpu_seconds});
    }
  }
  return table;
}

void OtherProcesses::look(const std::shared_ptr<const ProcessTable>& table, const target::ProcessWatch& watch) {
  if (!table) return;
  too_many_ = too_many_ || table->too_many;
  for (const auto& [pid, process] : watch.processes()) own_.insert(pid);
  (first_ ? last_ : first_) = table;
}

std::vector<OtherProcess> OtherProcesses::busiest(std::size_t most) const {
  std::vector<OtherProcess> all;
  if (!seen()) return all;
  for (const ProcessTable::Row& row : last_->rows) {
    const double used = row.cpu_seconds - used_before(*first_, row);
    if (used > 0 && !own_.contains(row.pid)) all.push_back({visible(row.comm), used});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const OtherProcess& a, const OtherProcess& b) { return a.cpu_seconds > b.cpu_seconds; });
  all.resize(std::min(all.size(), most));
  return all;
}

}  // namespace faultline
