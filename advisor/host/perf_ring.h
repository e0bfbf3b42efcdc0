// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "advisor/host/fd.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// The buffer that the kernel writes an event's records to, and the event. The kernel never overwrites what was not
/// taken out: what does not fit is counted in a record of lost ones (perf_event_open(2), "MMAP layout").
class PerfRing {
 public:
  /// `pages` of data, a power of two. Errors: permission when the limit of locked memory (kernel.perf_event_mlock_kb,
  /// RLIMIT_MEMLOCK) is reached, io.
  static Result<PerfRing> map(Fd event, std::size_t pages);
  PerfRing(PerfRing&& other) noexcept;
  PerfRing& operator=(PerfRing&&) = delete;
  PerfRing(const PerfRing&) = delete;
  PerfRing& operator=(const PerfRing&) = delete;
  ~PerfRing();

  /// Hands over the bytes of each record that is there, header included, and gives their room back.
  void take(const std::function<void(std::string_view record)>& visit);
  [[nodiscard]] const Fd& event() const { return event_; }

 private:
  PerfRing(Fd event, char* base, std::size_t mapped_bytes, std::size_t data_bytes, std::size_t page_bytes);
  Fd event_;
  char* base_ = nullptr;
  std::size_t mapped_bytes_ = 0, data_bytes_ = 0, page_bytes_ = 0;
  std::string wrapped_;  ///< a record that lies across the buffer's end, put together
};

}  // namespace faultline::host
