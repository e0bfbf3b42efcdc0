// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>

#include "advisor/model/result.h"

namespace faultline::cli {

/// Finding ids that a team has accepted: one a line, '#' starts a comment. They are shown and do not count for
/// --fail-on. An empty path is an empty set. Errors: not_found, input with the line.
Result<std::set<std::string>> read_accepted(const std::string& path);

}  // namespace faultline::cli
