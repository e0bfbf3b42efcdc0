// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "advisor/model/result.h"

namespace faultline::systemd {

/// The value a variable gets, given the one it has. GLIBC_TUNABLES and LD_PRELOAD are lists, and an assignment in a
/// drop-in replaces the whole: `wanted` is what has to be in it, and the rest is kept. Other variables just get it.
/// Errors: refused for a list that the loader would drop, and for a second allocator in LD_PRELOAD.
Result<std::string> merged_value(std::string_view variable, const std::optional<std::string>& existing,
                                 std::string_view wanted);

}  // namespace faultline::systemd
