// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "advisor/diagnosis/rule.h"
#include "advisor/model/result.h"

namespace faultline::diagnosis {

/// All rules of some folders, sorted by id, and everything wrong with them.
struct Policies {
  std::vector<Rule> rules;    ///< only those without an error
  std::vector<Error> errors;  ///< each with file:line:column
};

/// Ids of the fixes that this build has (advisor/fixes).
std::vector<std::string> known_fix_ids();

/// Reads every *.yaml of each folder: one rule one file. Other files are left alone, except *.yml, which is an error
/// since it would silently not count. An id in two files is an error: a later folder never shadows an earlier rule.
Policies read_policies(const std::vector<std::filesystem::path>& folders, const std::vector<std::string>& known_fixes);

/// The same, with the first error as the error of the whole, and all of them counted in its hint.
Result<std::vector<Rule>> load_policies(const std::vector<std::filesystem::path>& folders);

}  // namespace faultline::diagnosis
