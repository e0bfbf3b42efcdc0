// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace faultline::plan {

/// SHA-256 in lower-case hexadecimal, 64 digits.
std::string sha256_hex(std::string_view bytes);

}  // namespace faultline::plan
