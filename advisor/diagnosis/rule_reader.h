// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "advisor/diagnosis/rule.h"
#include "advisor/model/error.h"

namespace faultline::diagnosis {

/// A rule, or everything that is wrong with it.
struct RuleReading {
  Rule rule;
  std::vector<Error> errors;  ///< empty: the rule may be used
};

/// Reads the text of one policy file. `file` is the path for messages; its stem must be the rule's id. `known_fixes`
/// are the ids that a rule may name. Every error carries FILE:LINE:COLUMN and, where something is near, what was meant.
RuleReading read_rule(std::string_view text, const std::string& file, const std::vector<std::string>& known_fixes);

}  // namespace faultline::diagnosis
