// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/thread_preemptions.h"

#include "advisor/host/proc.h"

namespace faultline {

void ThreadPreemptions::look(const host::Root& root, const target::ProcessWatch& watch) {
  for (const pid_t pid : watch.living()) {
    const auto threads = host::list_threads(root, pid);
    if (!threads) continue;
    for (const pid_t tid : *threads) {
      const auto status = host::read_thread_status(root, pid, tid);
      if (!status) continue;  // it ended since it was listed: its last look stands
      const std::uint64_t now = status->involuntary_switches;
      const auto [known, is_new] = threads_.try_emplace({pid, tid}, Track{first_look_ ? now : 0, now});
      Track& track = known->second;
      if (!is_new && now < track.last) {
        ended_ += track.last - track.first;
        track.first = 0;
      }
      track.last = now;
    }
  }
  first_look_ = false;
}

std::uint64_t ThreadPreemptions::count() const {
  std::uint64_t sum = ended_;
  for (const auto& [thread, track] : threads_) sum += track.last - track.first;
  return sum;
}

}  // namespace faultline
