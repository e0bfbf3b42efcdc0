// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>

#include "advisor/host/numa_topology.h"
#include "advisor/host/root.h"
#include "advisor/ladder/support/placement.h"
#include "advisor/target/process_watch.h"

namespace faultline {

/// On which nodes the threads of a target ran. What a thread ran between two looks is counted to the node on which it
/// is seen at the second. A thread that is born and gone between two looks is not in it.
class ThreadNodes {
 public:
  void look(const host::Root& root, const target::ProcessWatch& watch, const host::NumaTopology& topology);
  /// At the window's ends: a file a thread that is long to write for the kernel, so for some hundred threads only.
  void look_at_migrated_pages(const host::Root& root, const target::ProcessWatch& watch);

  [[nodiscard]] const ByNode& cpu_seconds() const { return cpu_seconds_; }
  /// Threads that were on another node than at the look before: at least as many moves.
  [[nodiscard]] std::uint64_t moves() const { return moves_; }
  [[nodiscard]] std::size_t threads_seen() const { return threads_.size(); }
  /// Between two looks at them; nothing when they could not be read at either.
  [[nodiscard]] std::optional<std::uint64_t> migrated_pages() const;
  [[nodiscard]] const std::string& why_no_migrated_pages() const { return why_; }

 private:
  using Thread = std::pair<pid_t, pid_t>;  ///< process and thread
  struct Track {
    std::uint64_t run_ns = 0;
    std::optional<unsigned> node;
  };
  void look_at_thread(const host::Root& root, const Thread& thread, const host::NumaTopology& topology);
  std::map<Thread, Track> threads_;
  ByNode cpu_seconds_;
  std::uint64_t moves_ = 0;
  bool first_look_ = true;
  std::optional<std::map<Thread, std::uint64_t>> first_migrated_, last_migrated_;
  std::string why_ = "no thread was there at both ends of the window";
};

}  // namespace faultline
