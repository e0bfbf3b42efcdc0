// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/thread_times.h"

namespace faultline {
namespace {

void add(host::SchedStat& sum, const host::SchedStat& last, const host::SchedStat& first) {
  sum.run_ns += last.run_ns - first.run_ns;
  sum.wait_ns += last.wait_ns - first.wait_ns;
  sum.timeslices += last.timeslices - first.timeslices;
}

}  // namespace

void ThreadTimes::look(const host::Root& root, const target::ProcessWatch& watch) {
  for (const pid_t pid : watch.living()) look_at_process(root, pid);
  first_look_ = false;
}

void ThreadTimes::look_at_process(const host::Root& root, pid_t pid) {
  const auto threads = host::list_threads(root, pid);
  if (!threads) return;
  for (const pid_t tid : *threads) {
    const auto now = host::read_schedstat(root, pid, tid);
    if (!now) continue;  // it ended since it was listed: its last look stands
    const auto known = threads_.find(tid);
    if (known == threads_.end()) {
      // Seen at the first look it had a life before; later, all that it did was done in the window.
      threads_.emplace(tid, Track{first_look_ ? *now : host::SchedStat{}, *now, pid});
    } else if (known->second.pid == pid && now->run_ns >= known->second.last.run_ns) {
      known->second.last = *now;
    } else {
      add(ended_, known->second.last, known->second.first);
      known->second = Track{{}, *now, pid};
    }
  }
}

host::SchedStat ThreadTimes::sum() const {
  host::SchedStat sum = ended_;
  for (const auto& [tid, track] : threads_) add(sum, track.last, track.first);
  return sum;
}

double ThreadTimes::run_seconds() const { return static_cast<double>(sum().run_ns) * 1e-9; }

double ThreadTimes::wait_seconds() const { return static_cast<double>(sum().wait_ns) * 1e-9; }

std::uint64_t ThreadTimes::switches() const { return sum().timeslices; }

std::optional<double> ThreadTimes::one_thread_share() const {
  double all = 0, squares = 0;
  for (const auto& [tid, track] : threads_) {
    const auto run_ns = static_cast<double>(track.last.run_ns - track.first.run_ns);
    all += run_ns;
    squares += run_ns * run_ns;
  }
  if (all <= 0) return std::nullopt;
  return squares / (all * all);
}

}  // namespace faultline
