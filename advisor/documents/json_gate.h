// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "advisor/model/result.h"

namespace faultline::documents {

struct JsonLimits {
  std::size_t bytes = std::size_t{64} << 20U;
  int depth = 64;
};

/// Passes once over a JSON text without building it: well-formed, UTF-8, one value, not too large, not nested too deep
/// (the parser's tree crashes when it is copied or dumped at a depth of 100 000), no key twice in an object.
/// Errors: input, with FILE:LINE:COLUMN and the byte.
Result<void> check_json(std::string_view text, const std::string& file, const JsonLimits& limits = {});

/// A document's text. A file larger than the limit is refused before it is read. Errors: not_found, permission, io,
/// input (too large, a folder).
Result<std::string> read_document(const std::string& path, const JsonLimits& limits = {});

}  // namespace faultline::documents
