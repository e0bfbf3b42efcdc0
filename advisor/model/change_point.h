// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "advisor/model/snapshot.h"

namespace faultline {

/// When a value became another one, and which way.
struct TurningPoint {
  std::size_t slices = 0;  ///< before it
  bool rises = false;
};

/// Where the means before and after are farthest apart, in units of their scatter. Nothing where it is not clear: under
/// ten known slices, less than a doubling or a halving, or not well beyond the scatter.
std::optional<TurningPoint> change_point(const std::vector<std::optional<double>>& slices);

/// Seconds from the window's opening to a change, to the slice.
double seconds_until(const TurningPoint& change, const Window& window);

}  // namespace faultline
