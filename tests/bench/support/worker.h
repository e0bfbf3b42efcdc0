// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <sys/types.h>
#include <vector>

// Steady load that a bench runs itself: a child process that does one thing over and over and counts it.
namespace faultline::bench {

/// Where a worker counts, in memory shared with the bench.
using Counter = std::atomic<std::uint64_t>;

/// Touches 4 KiB pages of anonymous memory, gives them back, touches them again. One operation is one minor fault.
/// Huge pages are kept out.
[[noreturn]] void run_first_touch(Counter& operations);

/// Touches the pages of a mapped file that were dropped from the page cache before. One operation is one major fault.
/// The file has no name and is on the disk of the current folder.
[[noreturn]] void run_file_faults(Counter& operations);

/// Two threads hand a byte to and fro through two pipes. One operation is one round trip: two context switches when
/// both threads are held on one CPU.
[[noreturn]] void run_ping_pong(Counter& operations);

/// What a worker has done and used since it started.
struct Reading {
  std::uint64_t operations = 0;
  std::int64_t cpu_ns = 0;   ///< CPU time of all its threads
  std::int64_t wall_ns = 0;  ///< CLOCK_MONOTONIC
};

/// A forked worker on one CPU; ends with this object, or with the bench.
class Worker {
 public:
  /// Throws std::system_error when there is no memory or no process to be had.
  Worker(void (*load)(Counter&), int cpu);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] std::vector<pid_t> threads() const;
  [[nodiscard]] Reading read() const;

 private:
  Counter* operations_ = nullptr;
  pid_t pid_ = -1;
};

/// The last CPU that this process may run on: timers and interrupts gather on the first.
int quiet_cpu();

}  // namespace faultline::bench
