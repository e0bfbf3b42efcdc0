// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "advisor/model/snapshot.h"

namespace faultline::measure {

/// The pages that hold `small_bytes` in base pages of the host, and `huge_bytes` in huge pages of 2 MiB: as many faults
/// as they took, as many TLB entries as they need.
inline double page_count(const Host& host, double small_bytes, double huge_bytes) {
  constexpr double huge_page_bytes = 2.0 * 1024 * 1024;
  const double page_bytes = host.page_bytes > 0 ? static_cast<double>(host.page_bytes) : 4096.0;
  return small_bytes / page_bytes + huge_bytes / huge_page_bytes;
}

}  // namespace faultline::measure
