// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

#include "tests/bench/support/command.h"

namespace faultline::bench {

/// `perf stat -p PID -I 100` beside another measurement: what it counted between any two moments, so that neither start
/// has to be hit. Its intervals are placed in real time by the line that reached us soonest after it was due.
class PerfStat {
 public:
  /// Throws std::runtime_error when perf does not count within ten seconds.
  PerfStat(pid_t pid, const std::vector<std::string>& events);
  PerfStat(const PerfStat&) = delete;
  PerfStat& operator=(const PerfStat&) = delete;
  ~PerfStat();

  /// Ends perf, and says how it ended.
  Finished stop();
  /// The count of `event` between two CLOCK_REALTIME moments; within an interval it is taken as even. Nothing when
  /// perf was not there all that time.
  [[nodiscard]] std::optional<double> count(const std::string& event, double from, double to) const;

 private:
  struct Interval {
    double end = 0;  ///< seconds since perf's start
    double count = 0;
  };
  void read_lines();
  void take_line(const std::string& line, double arrived);
  [[nodiscard]] bool any_line() const;
  static std::optional<double> counted_until(const std::vector<Interval>& intervals, double moment);

  std::string fifo_;
  int reading_end_ = -1;
  std::optional<Command> command_;
  std::thread reader_;
  mutable std::mutex guard_;
  std::map<std::string, std::vector<Interval>> intervals_;
  std::optional<double> perf_started_;  ///< CLOCK_REALTIME
};

}  // namespace faultline::bench
