// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace faultline::lab {

/// The number of requests served, as 8 bytes of a file that another process maps to read it at any moment.
class RequestCounter {
 public:
  /// Makes the file or starts it anew; without a path it counts for nobody. Ends the program with 64 when it can't.
  explicit RequestCounter(const std::string& path);
  ~RequestCounter();
  RequestCounter(const RequestCounter&) = delete;
  RequestCounter& operator=(const RequestCounter&) = delete;

  void add_one() {
    if (served_ != nullptr) served_->fetch_add(1, std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t>* served_ = nullptr;
};

}  // namespace faultline::lab
