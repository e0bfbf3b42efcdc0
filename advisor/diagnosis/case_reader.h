// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "advisor/diagnosis/node_reader.h"
#include "advisor/diagnosis/rule.h"

namespace faultline::diagnosis {

/// The `cases` of a rule. A case may start from the facts of an earlier one (`like: NAME`); `~` makes a fact unknown.
std::vector<Case> read_cases(NodeReader& nodes, const YamlNode& root, const Rule& rule);

}  // namespace faultline::diagnosis
