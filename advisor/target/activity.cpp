// SPDX-License-Identifier: Apache-2.0
#include "advisor/target/activity.h"

namespace faultline::target {

void Activity::take(const host::Batch& batch, const ProcessWatch& watch) {
  samples_.clear();
  births_.clear();
  execs_.clear();
  lost_so_far_ += batch.lost;
  for (const pid_t pid : watch.living()) members_.insert(pid);
  for (const host::Record& record : batch.records) {
    if (const auto* sample = std::get_if<host::Sample>(&record)) {
      if (members_.contains(sample->pid)) samples_.push_back(*sample);
    } else if (const auto* birth = std::get_if<host::Birth>(&record)) {
      take_birth(*birth);
    } else if (const auto* exec = std::get_if<host::Exec>(&record)) {
      if (members_.contains(exec->pid)) execs_.push_back(*exec);
    } else if (const auto* death = std::get_if<host::Death>(&record)) {
      // A main thread can end before its process does (pthread_exit); the watch then still sees the process.
      if (death->pid == death->tid) members_.erase(death->pid);
    }
  }
}

void Activity::take_birth(const host::Birth& birth) {
  if (!members_.contains(birth.parent_pid)) return;
  if (birth.pid == birth.parent_pid) {
    ++thread_births_so_far_;
    return;
  }
  members_.insert(birth.pid);
  births_.push_back(birth);
  ++births_so_far_;
}

}  // namespace faultline::target
