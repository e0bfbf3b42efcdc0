// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace faultline::diagnosis {

struct Cause {
  std::string_view id;
  std::string_view pays;  ///< what the service pays
};

/// All causes in the order of judgement: what stops the process, then costs below the allocator, then the allocator,
/// then the workload. The only such list.
std::span<const Cause> causes();

/// The place of a cause in that order; nothing when there is no such cause.
std::optional<std::size_t> order_of(std::string_view cause);

}  // namespace faultline::diagnosis
