// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/task_counters.h"

#include <algorithm>

#include "advisor/host/proc.h"

namespace faultline {

bool TaskCounters::attach(const host::Root& root, pid_t pid) {
  const auto threads = host::list_threads(root, pid);
  if (!threads) return threads.error().kind == ErrorKind::not_found || threads.error().kind == ErrorKind::gone;
  for (const pid_t thread : *threads) {
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      auto counter = host::open_counter(kinds_[i], thread, true);
      if (counter) {
        events_[i].push_back(std::move(*counter));
      } else if (counter.error().kind != ErrorKind::gone) {
        why_ = counter.error().why;
        return false;
      }
    }
  }
  return true;
}

std::optional<std::uint64_t> TaskCounters::sum(host::Counted kind) const {
  const auto at = std::find(kinds_.begin(), kinds_.end(), kind);
  if (at == kinds_.end()) return std::nullopt;
  std::uint64_t sum = 0;
  for (const host::Fd& event : events_[static_cast<std::size_t>(at - kinds_.begin())]) {
    const auto value = host::read_counter(event);
    if (!value) return std::nullopt;
    sum += *value;
  }
  return sum;
}

void TaskCounters::detach() {
  for (auto& of_kind : events_) of_kind.clear();
}

}  // namespace faultline
