// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "advisor/model/fact.h"

namespace faultline::measure {

/// Part of the time base that the target spent on a CPU: turns shares of samples into shares of time.
std::optional<double> running_share(const FactSet& facts);

}  // namespace faultline::measure
