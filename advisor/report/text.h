// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "advisor/model/change.h"
#include "advisor/model/diagnosis.h"
#include "advisor/model/snapshot.h"

namespace faultline::report {

struct TextStyle {
  bool color = false;
  bool verbose = false;  ///< also the folded stacks that cost most and the facts behind the rungs
};

/// Everything about one target, for a person to read at a terminal. Pure; ends with a newline. Strings that come from
/// the target (comm, paths, unit names) are made visible before: no control character of theirs reaches the terminal.
std::string text_report(const Snapshot& snapshot, const Diagnosis& diagnosis, const Rendering& rendering,
                        const TextStyle& style);

/// One line of the table for `all`, and its heading.
std::string table_heading();
std::string table_line(const Snapshot& snapshot, const Diagnosis& diagnosis);

}  // namespace faultline::report
