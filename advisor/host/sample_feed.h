// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <sys/types.h>
#include <vector>

#include "advisor/host/kernel_symbols.h"
#include "advisor/host/machine.h"
#include "advisor/host/perf_event.h"
#include "advisor/host/perf_records.h"
#include "advisor/host/perf_ring.h"

namespace faultline::host {

/// How threads are sampled. CPU-wide costs the target nothing at its context switches and sees every process of the
/// host from birth on, so one feed serves any number of targets; it needs the right to. Thread by thread works for an
/// ordinary user's own processes.
enum class FeedMode { cpu_wide, by_thread, none };

/// Records since the last look, in the order of their times.
struct Batch {
  std::vector<Record> records;
  std::uint64_t lost = 0;
};

/// One source of samples, births and deaths for all targets of a window.
class SampleFeed {
 public:
  static constexpr unsigned hertz = 99;  ///< not a divisor of the kernel's own ticks

  /// Opens what the machine allows; never fails: a feed that sees nothing says why.
  static SampleFeed open(const Machine& machine);

  /// Samples the threads of a process that are there now, if the mode is by thread; else nothing has to be done.
  void follow(const Root& root, pid_t pid);
  void start();
  void stop();
  /// What came in up to now. Records of the very last moment wait for the next call, so that one CPU's records are
  /// never seen before an earlier one of another CPU's; after stop() all are handed out.
  Batch take();

  [[nodiscard]] FeedMode mode() const { return mode_; }
  [[nodiscard]] bool sees_kernel() const { return mode_ != FeedMode::none && !user_only_; }
  /// Names for the kernel's frames, or why there are none: of the innermost address of a sample, and of the byte before
  /// each address that is returned to.
  [[nodiscard]] const Result<KernelSymbols>& kernel_symbols() const { return kernel_symbols_; }
  /// Why there are no samples, or no kernel frames in them, and what would change it; empty when all is seen.
  [[nodiscard]] const std::string& reason() const { return reason_; }
  [[nodiscard]] const std::string& unlock() const { return unlock_; }
  /// Threads that could not be sampled (by thread only).
  [[nodiscard]] std::size_t threads_missed() const { return missed_; }
  [[nodiscard]] std::size_t threads_followed() const { return followed_.size(); }

 private:
  SampleFeed();
  void choose_mode(const Machine& machine);
  bool open_cpus(unsigned cpus);
  bool add(SampledScope scope, std::size_t pages);
  void learn_names(const Batch& batch);
  FeedMode mode_ = FeedMode::none;
  bool user_only_ = false;
  bool running_ = false;
  std::string reason_, unlock_;
  const Root* root_ = nullptr;
  Result<KernelSymbols> kernel_symbols_;
  std::vector<PerfRing> rings_;
  std::set<pid_t> followed_;
  std::size_t missed_ = 0;
  std::vector<Record> waiting_;
};

}  // namespace faultline::host
