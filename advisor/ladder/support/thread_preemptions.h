// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <sys/types.h>
#include <utility>

#include "advisor/host/root.h"
#include "advisor/target/process_watch.h"

namespace faultline {

/// How often the threads of a target were taken off a CPU while they could have gone on (involuntary context switches),
/// since the first look. A thread that is born and gone between two looks is not in it.
class ThreadPreemptions {
 public:
  void look(const host::Root& root, const target::ProcessWatch& watch);
  [[nodiscard]] std::uint64_t count() const;
  [[nodiscard]] std::size_t threads_seen() const { return threads_.size(); }

 private:
  struct Track {
    std::uint64_t first = 0, last = 0;
  };
  using Thread = std::pair<pid_t, pid_t>;  ///< process and thread
  std::map<Thread, Track> threads_;
  std::uint64_t ended_ = 0;  ///< of threads whose number was used again
  bool first_look_ = true;
};

}  // namespace faultline
