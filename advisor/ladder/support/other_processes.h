// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <sys/types.h>
#include <vector>

#include "advisor/host/root.h"
#include "advisor/target/process_watch.h"

namespace faultline {

/// A process of the machine that is neither of the target nor faultline.
struct OtherProcess {
  std::string comm;  ///< control characters escaped
  double cpu_seconds = 0;
};

/// All processes of the machine at one moment.
struct ProcessTable {
  struct Row {
    pid_t pid = 0;
    std::uint64_t start_ticks = 0;
    std::string comm;
    double cpu_seconds = 0;
  };
  std::vector<Row> rows;  ///< by pid
  bool too_many = false;  ///< more than are read one by one: no rows

  /// Nothing when they could not be listed.
  static std::shared_ptr<const ProcessTable> read(const host::Root& root);
};

/// What the other processes used between two looks, the window's ends. Processes that ended before the second look are
/// not in it. Only names and times are read, which any user may; never a command line.
class OtherProcesses {
 public:
  void look(const std::shared_ptr<const ProcessTable>& table, const target::ProcessWatch& watch);
  /// Busiest first, at most `most`.
  [[nodiscard]] std::vector<OtherProcess> busiest(std::size_t most) const;
  /// More processes than are read one by one: nothing is known.
  [[nodiscard]] bool too_many() const { return too_many_; }
  /// Both looks saw processes at all.
  [[nodiscard]] bool seen() const { return first_ && last_; }

 private:
  std::shared_ptr<const ProcessTable> first_, last_;
  std::set<pid_t> own_;  ///< of the target, at either look
  bool too_many_ = false;
};

}  // namespace faultline
