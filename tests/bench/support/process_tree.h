// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

#include "tests/bench/support/command.h"

namespace faultline::bench {

/// A program with the processes that it starts; all of them end with this object.
class ProcessTree {
 public:
  explicit ProcessTree(const std::vector<std::string>& argv) : command_(argv) {}
  ProcessTree(const ProcessTree&) = delete;
  ProcessTree& operator=(const ProcessTree&) = delete;
  ~ProcessTree();

  [[nodiscard]] pid_t leader() const { return command_.pid(); }
  /// The process of it that has used most CPU time, once one has used a quarter of a second: who starts others that do
  /// the work sleeps itself. Throws std::runtime_error when none has in half a minute, or the program ends.
  [[nodiscard]] pid_t busiest() const;
  [[nodiscard]] bool running() const { return command_.running(); }

 private:
  Command command_;
};

}  // namespace faultline::bench
