// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/support/latency.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace faultline::lab {

std::size_t Latency::bucket_of(std::uint64_t ns) {
  constexpr unsigned fine = std::countr_zero(per_power);
  const unsigned power = static_cast<unsigned>(std::bit_width(ns | 1)) - 1;
  if (power < fine) return ns;
  const std::size_t within = (ns >> (power - fine)) & (per_power - 1);
  return std::min((power - fine + 1) * per_power + within, per_power * powers - 1);
}

std::uint64_t Latency::upper_bound_ns(std::size_t bucket) {
  if (bucket < per_power) return bucket;
  const std::uint64_t base = per_power + bucket % per_power;
  return ((base + 1) << (bucket / per_power - 1)) - 1;
}

void Latency::record(std::uint64_t ns) {
  ++buckets_[bucket_of(ns)];
  ++count_;
  max_ns_ = std::max(max_ns_, ns);
}

void Latency::add(const Latency& other) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ns_ = std::max(max_ns_, other.max_ns_);
}

std::uint64_t Latency::quantile_ns(double q) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= wanted && seen > 0) return std::min(upper_bound_ns(i), max_ns_);
  }
  return max_ns_;
}

}  // namespace faultline::lab
