// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "advisor/model/result.h"
#include "advisor/model/snapshot.h"

namespace faultline::documents {

inline constexpr std::string_view snapshot_schema = "faultline/snapshot/v1";

/// The snapshot as JSON, schema faultline/snapshot/v1 (schemas/snapshot.v1.schema.json). Reading it back gives the same
/// snapshot; only bytes that are not UTF-8 become U+FFFD, and a number that is not finite becomes an unknown fact.
std::string write_snapshot(const Snapshot& snapshot);

/// Reads what write_snapshot wrote, here or in another version. Unknown members and facts are ignored, absent ones are
/// unknown. `file` is for messages. Errors: input, with FILE:LINE:COLUMN for bad JSON and the JSON path for a value
/// of a wrong type; another schema or version names both.
Result<Snapshot> read_snapshot(std::string_view text, const std::string& file);

}  // namespace faultline::documents
