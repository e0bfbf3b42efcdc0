// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "advisor/diagnosis/condition.h"
#include "advisor/diagnosis/rule.h"

namespace faultline::diagnosis {

/// A cost below this share of time is no finding; the limit of Severity::low.
inline constexpr double least_cost_share = 0.01;

/// What one rule says of some facts.
struct Judgement {
  Expectation verdict = Expectation::holds;
  std::optional<double> cost_share;  ///< clamped to 0..1; nothing when unknown
  std::vector<LeafResult> deciding;  ///< of a rule that fires: the leaves that made it, first `when`, then `unless`
  std::vector<std::string> missing;  ///< of an undecided one: the facts that would decide
  std::string why;                   ///< of an undecided one
  std::string unlock;
};

/// `unless` true: holds. An `enough` that is not met: too little evidence. Otherwise Kleene's and of enough, cost, when
/// and not unless: true fires, false holds, unknown is undecided.
Judgement judge(const Rule& rule, const FactSet& facts);

}  // namespace faultline::diagnosis
