// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "advisor/diagnosis/rule.h"

namespace faultline::diagnosis {

/// A case of a policy that did not come out as written, or a kind of case that a policy lacks.
struct CaseFailure {
  std::string rule;
  std::string case_name;  ///< empty when a case is missing
  std::string where;      ///< file:line:column, or the file
  std::string expected;
  std::string got;
};

/// Runs every case of every rule, alone: `after` plays no part. A rule must have at least one case that fires, one that
/// holds and one that is undecided.
std::vector<CaseFailure> test_policies(const std::vector<Rule>& rules);

std::string_view to_string(Expectation expectation);

}  // namespace faultline::diagnosis
