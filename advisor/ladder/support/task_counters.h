// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "advisor/host/fd.h"
#include "advisor/host/perf_event.h"
#include "advisor/host/root.h"

namespace faultline {

/// Kernel counters on all threads of some processes and on everything that they start after. They cost the target a
/// little at each context switch and each event (tests/bench/counting_cost), so they are used where reading /proc would
/// miss something.
class TaskCounters {
 public:
  explicit TaskCounters(std::vector<host::Counted> kinds) : kinds_(std::move(kinds)), events_(kinds_.size()) {}

  /// Counts a process that no counted thread started. False when a thread of it could not be counted.
  bool attach(const host::Root& root, pid_t pid);
  [[nodiscard]] bool attached() const { return !events_.empty() && !events_.front().empty(); }
  /// Since each was attached; nothing when a counter could not be read.
  [[nodiscard]] std::optional<std::uint64_t> sum(host::Counted kind) const;
  /// Why a thread could not be counted.
  [[nodiscard]] const std::string& why() const { return why_; }
  void detach();

 private:
  std::vector<host::Counted> kinds_;
  std::vector<std::vector<host::Fd>> events_;  ///< by kind
  std::string why_;
};

}  // namespace faultline
