// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "advisor/diagnosis/rule.h"
#include "advisor/model/diagnosis.h"
#include "advisor/model/snapshot.h"

namespace faultline::diagnosis {

/// Judges a snapshot by the rules: bill, ladder verdicts, findings with their fixes, undecided and deferred rules.
/// Pure: the same snapshot and rules give the same diagnosis anywhere.
Diagnosis diagnose(const Snapshot& snapshot, const std::vector<Rule>& rules);

/// The bill from the facts alone.
Bill bill_of(const FactSet& facts);

/// One line a rung, in ladder order.
std::vector<RungVerdict> judge_ladder(const Snapshot& snapshot);

}  // namespace faultline::diagnosis
