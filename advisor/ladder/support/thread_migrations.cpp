// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/thread_migrations.h"

#include "advisor/host/proc.h"
#include "advisor/ladder/support/look_limits.h"

namespace faultline {
namespace {}  // namespace

void ThreadMigrations::look(const host::Root& root, const target::ProcessWatch& watch) {
  Counts counts;
  for (const pid_t pid : watch.living()) {
    const auto threads = host::list_threads(root, pid);
    if (!threads) continue;
    for (const pid_t tid : *threads) {
      if (counts.size() >= most_threads_for_sched) {
        too_many_ = true;
        return;
      }
      if (const auto moves = host::read_migrations(root, pid, tid)) counts[{pid, tid}] = *moves;
    }
  }
  if (!first_) {
    first_ = std::move(counts);
  } else {
    last_ = std::move(counts);
  }
}

std::optional<std::uint64_t> ThreadMigrations::count() const {
  if (too_many_ || !first_ || !last_ || first_->empty() || last_->empty()) return std::nullopt;
  std::uint64_t sum = 0;
  for (const auto& [thread, moves] : *last_) {
    const auto before = first_->find(thread);
    const std::uint64_t base = before == first_->end() || before->second > moves ? 0 : before->second;
    sum += moves - base;
  }
  return sum;
}

std::string ThreadMigrations::why() const {
  if (too_many_) return "more threads than are read one by one";
  return is_readable() ? "no thread was there at both ends of the window"
                       : "/proc/PID/task/TID/sched could not be read";
}

std::string ThreadMigrations::unlock() const {
  return too_many_ || is_readable() ? "" : "a kernel with CONFIG_SCHED_DEBUG";
}

bool ThreadMigrations::is_readable() const { return first_ && !first_->empty(); }

}  // namespace faultline
