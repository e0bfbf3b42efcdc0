// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <sys/types.h>
#include <thread>

#include "tests/bench/support/timeline.h"

namespace faultline::bench {

/// What a process does a hundred times a second.
struct Mixture {
  unsigned first_pages = 0;  ///< touched for the first time
  unsigned again_pages = 0;  ///< given back with MADV_DONTNEED and touched again
  bool keeps = true;         ///< the first pages; else they are given back, and never touched again
};

/// A child process that touches memory and counts itself what it touched; ends with this object, or with the bench.
class KnownRefaults {
 public:
  /// Seconds for which there is memory at 400 first pages: it ends itself after that.
  static constexpr double most_seconds = 40;

  /// Throws std::system_error when there is no memory or no process to be had.
  explicit KnownRefaults(Mixture mixture);
  KnownRefaults(const KnownRefaults&) = delete;
  KnownRefaults& operator=(const KnownRefaults&) = delete;
  ~KnownRefaults();

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Pages touched again as a part of all pages touched, between two moments of CLOCK_REALTIME.
  [[nodiscard]] std::optional<double> share(double from, double until) const;

 private:
  struct Ledger {
    std::atomic<std::uint64_t> first, again;
  };
  void note() const;

  Ledger* ledger_ = nullptr;
  pid_t pid_ = -1;
  std::atomic<bool> over_ = false;
  mutable std::mutex guard_;
  mutable Timeline seen_;
  std::thread reader_;
};

}  // namespace faultline::bench
