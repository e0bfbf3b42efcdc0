// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "advisor/diagnosis/rule.h"
#include "advisor/fixes/support/fix.h"
#include "advisor/model/diagnosis.h"
#include "advisor/model/snapshot.h"

namespace faultline::diagnosis {

/// diagnose() with the fixes as an argument.
Diagnosis diagnose_with(const Snapshot& snapshot, const std::vector<Rule>& rules,
                        const std::vector<std::unique_ptr<Fix>>& fixes);

/// The parameters that a rule computes for one of its fixes; those whose facts are unknown are left out.
std::map<std::string, double> parameters_of(const RuleFix& fix, const FactSet& facts);

}  // namespace faultline::diagnosis
