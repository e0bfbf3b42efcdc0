// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "advisor/host/root.h"
#include "advisor/target/process_watch.h"

namespace faultline {

/// A process of the machine that is neither of the target nor faultline.
struct OtherProcess {
  std::string comm;  ///< control characters escaped
  double cpu_seconds = 0;
};

/// What the other processes used between two looks, the window's ends. Processes that ended before the second look are
/// not in it. Only names and times are read, which any user may; never a command line.
class OtherProcesses {
 public:
  void look(const host::Root& root, const target::ProcessWatch& watch);
  /// Busiest first, at most `most`.
  [[nodiscard]] std::vector<OtherProcess> busiest(std::size_t most) const;
  /// More processes than are read one by one: nothing is known.
  [[nodiscard]] bool too_many() const { return too_many_; }
  /// Both looks saw processes at all.
  [[nodiscard]] bool seen() const { return looks_ >= 2; }

 private:
  using Key = std::pair<pid_t, std::uint64_t>;  ///< pid and start time
  struct Track {
    std::string comm;
    double first = 0, last = 0;
  };
  std::map<Key, Track> processes_;
  unsigned looks_ = 0;
  bool too_many_ = false;
};

}  // namespace faultline
