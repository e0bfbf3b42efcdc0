// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "advisor/model/result.h"

namespace faultline::cli {

/// A file that the user named, at most `cap_bytes`. "-" is standard input. Errors: not_found, permission, input when
/// it is longer, a folder, or not a file that ends.
Result<std::string> read_text_file(const std::string& path, std::size_t cap_bytes);

}  // namespace faultline::cli
