// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "advisor/model/result.h"

namespace faultline::cli {

/// "10s", "500ms", "30m", "2h" or a plain number of seconds, between `least_seconds` and `most_seconds`.
/// `option` names it in the error. Errors: usage.
Result<double> parse_duration(const std::string& option, const std::string& text, double least_seconds,
                              double most_seconds);

}  // namespace faultline::cli
