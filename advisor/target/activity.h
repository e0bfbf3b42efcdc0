// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <set>
#include <sys/types.h>
#include <vector>

#include "advisor/host/perf_records.h"
#include "advisor/host/sample_feed.h"
#include "advisor/target/process_watch.h"

namespace faultline::target {

/// What a feed of the whole host says of one target. Its processes are those that the watch sees, a few times a second,
/// and those that they start: a child that is born and gone between two looks is known only by the record of its birth.
class Activity {
 public:
  /// Takes out of a batch what belongs to the target. `watch` says which processes that is now.
  void take(const host::Batch& batch, const ProcessWatch& watch);

  /// Of the last batch.
  [[nodiscard]] const std::vector<host::Sample>& samples() const { return samples_; }
  [[nodiscard]] const std::vector<host::Birth>& births() const { return births_; }  ///< of processes, not of threads
  [[nodiscard]] const std::vector<host::Exec>& execs() const { return execs_; }
  /// Since the first batch.
  [[nodiscard]] std::uint64_t births_so_far() const { return births_so_far_; }
  /// Threads that were started within processes of the target, since the first batch.
  [[nodiscard]] std::uint64_t thread_births_so_far() const { return thread_births_so_far_; }
  /// Records of the whole host that were lost, since the first batch.
  [[nodiscard]] std::uint64_t lost_so_far() const { return lost_so_far_; }

 private:
  void take_birth(const host::Birth& birth);
  std::set<pid_t> members_;
  std::vector<host::Sample> samples_;
  std::vector<host::Birth> births_;
  std::vector<host::Exec> execs_;
  std::uint64_t births_so_far_ = 0, thread_births_so_far_ = 0, lost_so_far_ = 0;
};

}  // namespace faultline::target
