// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <sys/types.h>

#include "tests/bench/support/command.h"

namespace faultline::bench {

struct StackCount {
  double samples = 0;
  double in_fault_path = 0;  ///< of them, with any frame of the kernel's page-fault path
};

/// Of the text that `perf script -F ip,sym` prints: one frame a line, an empty line after each sample.
StackCount count_stacks(const std::string& script);

/// `perf record -F 99 -g -p PID` beside another measurement, and what its samples say.
class PerfRecord {
 public:
  explicit PerfRecord(pid_t pid);
  PerfRecord(const PerfRecord&) = delete;
  PerfRecord& operator=(const PerfRecord&) = delete;
  ~PerfRecord();

  /// Ends perf and reads its stacks: none of a process that did not run.
  StackCount stop_and_count();

 private:
  std::string path_;
  Command command_;
};

}  // namespace faultline::bench
