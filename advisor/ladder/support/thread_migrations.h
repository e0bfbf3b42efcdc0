// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <utility>

#include "advisor/host/root.h"
#include "advisor/target/process_watch.h"

namespace faultline {

/// How often the threads of a target moved to another CPU between two looks: the window's ends, as the file behind it
/// is long to write for the kernel. Threads that were not there at the second look are not in it.
class ThreadMigrations {
 public:
  void look(const host::Root& root, const target::ProcessWatch& watch);
  /// Nothing when no thread could be read at either end.
  [[nodiscard]] std::optional<std::uint64_t> count() const;
  [[nodiscard]] std::string why() const;
  [[nodiscard]] std::string unlock() const;

 private:
  [[nodiscard]] bool is_readable() const;
  using Thread = std::pair<pid_t, pid_t>;  ///< process and thread
  using Counts = std::map<Thread, std::uint64_t>;
  std::optional<Counts> first_, last_;
  bool too_many_ = false;
};

}  // namespace faultline
