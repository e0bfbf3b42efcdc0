// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "advisor/diagnosis/judge.h"
#include "advisor/diagnosis/rule.h"
#include "advisor/fixes/support/fix.h"
#include "advisor/model/diagnosis.h"
#include "advisor/model/snapshot.h"

namespace faultline::diagnosis {

/// A rule that fired, as a finding: evidence, confidence, texts filled in, fixes proposed. `doubts` are reasons from
/// outside the rule to trust it less, e.g. an earlier cause that could not be ruled out.
Finding make_finding(const Rule& rule, const Judgement& judgement, const Snapshot& snapshot,
                     const std::vector<std::string>& doubts, const std::vector<std::unique_ptr<Fix>>& fixes);

}  // namespace faultline::diagnosis
