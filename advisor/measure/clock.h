// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace faultline::measure {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point then) {
  return std::chrono::duration<double>(Clock::now() - then).count();
}

}  // namespace faultline::measure
