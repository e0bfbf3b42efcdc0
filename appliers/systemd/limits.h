// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace faultline::systemd {

/// systemd reads lines up to this (LONG_LINE_MAX, src/basic/fileio.h); before v239 it cut them and read on (issue
/// 3302).
inline constexpr std::size_t most_line_bytes = 1U << 20U;
/// What a value may have: far above what any tuning variable needs, far below what a line may have.
inline constexpr std::size_t most_value_bytes = 2048;

}  // namespace faultline::systemd
