// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace faultline::lab {

/// A histogram of times in nanoseconds, exact to 1/64: each power of two is cut into 64 equal buckets.
class Latency {
 public:
  void record(std::uint64_t ns);
  void add(const Latency& other);
  /// The time that a share `q` of the requests stayed below; 0 when there were none.
  [[nodiscard]] std::uint64_t quantile_ns(double q) const;
  [[nodiscard]] std::uint64_t max_ns() const { return max_ns_; }
  [[nodiscard]] std::uint64_t count() const { return count_; }

 private:
  static constexpr std::size_t per_power = 64;
  static constexpr std::size_t powers = 48;  // up to 2^48 ns, more than three days
  static std::size_t bucket_of(std::uint64_t ns);
  static std::uint64_t upper_bound_ns(std::size_t bucket);

  std::array<std::uint32_t, per_power * powers> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t max_ns_ = 0;
};

}  // namespace faultline::lab
