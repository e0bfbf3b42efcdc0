// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace faultline::plan {

/// The unified diff of a file, three lines of context, that patch(1) and `git apply` read. Nothing for `before` or
/// `after` means that the file does not exist then, and is shown as /dev/null. Empty where nothing differs. `path` is
/// written as it is: it must hold no control character. Linear in the size of texts that differ little; texts that
/// differ in more than 1500 lines are shown as one replacement.
std::string unified_diff(const std::optional<std::string>& before, const std::optional<std::string>& after,
                         std::string_view path);

}  // namespace faultline::plan
