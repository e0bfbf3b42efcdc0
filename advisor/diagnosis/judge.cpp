// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/judge.h"

#include <algorithm>
#include <fmt/format.h>

#include "advisor/diagnosis/expression.h"
#include "advisor/diagnosis/wording.h"

namespace faultline::diagnosis {
namespace {

void add_once(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

/// Adds "; text" when it is not in there yet.
void add_clause(std::string& clauses, const std::string& text) {
  if (text.empty() || clauses.find(text) != std::string::npos) return;
  clauses += (clauses.empty() ? "" : "; ") + text;
}

Condition leaf_condition(const Leaf& leaf) {
  Condition condition;
  condition.kind = Condition::Kind::leaf;
  condition.leaf = leaf;
  return condition;
}

Evaluation evaluate_enough(const Rule& rule, const FactSet& facts) {
  Condition enough;
  for (const auto& requirement : rule.enough) enough.parts.push_back(leaf_condition(requirement.leaf));
  return evaluate(enough, facts);
}

Evaluation evaluate_cost(const Rule& rule, const FactSet& facts, std::optional<double>& cost_share) {
  Evaluated cost = evaluate(rule.cost, facts);
  Evaluation result;
  result.missing = std::move(cost.missing);
  if (!cost.value) return result;
  cost_share = std::clamp(*cost.value, 0.0, 1.0);
  result.truth = *cost_share >= least_cost_share ? Truth::yes : Truth::no;
  return result;
}

Judgement too_little(const Rule& rule, const FactSet& facts) {
  Judgement judgement;
  judgement.verdict = Expectation::too_little_evidence;
  for (const auto& requirement : rule.enough) {
    if (compare(requirement.leaf, facts) != Truth::no) continue;
    add_clause(
        judgement.why,
        fmt::format("too little evidence: {} of {} {}", number_words(*facts.number(requirement.leaf.fact), "count"),
                    number_words(std::get<double>(requirement.leaf.value), "count"), requirement.noun));
    add_clause(judgement.unlock, requirement.unlock);
  }
  return judgement;
}

Judgement undecided(const FactSet& facts, const std::vector<const Evaluation*>& parts) {
  Judgement judgement;
  judgement.verdict = Expectation::undecided;
  for (const Evaluation* part : parts) {
    if (part->truth != Truth::unknown) continue;
    for (const auto& name : part->missing) add_once(judgement.missing, name);
  }
  for (const auto& name : judgement.missing) {
    const Fact* fact = facts.find(name);
    const bool has_reason = fact != nullptr && !fact->reason.empty();
    add_clause(judgement.why, has_reason ? fact->reason : fmt::format("{} is not in the snapshot", name));
    if (fact != nullptr) add_clause(judgement.unlock, fact->unlock);
  }
  // A division by zero leaves a cost without a value and nothing missing: nothing ran at all.
  if (judgement.missing.empty()) judgement.why = "too little evidence: the target did not run";
  return judgement;
}

}  // namespace

Judgement judge(const Rule& rule, const FactSet& facts) {
  Condition allowed;  // not unless
  allowed.kind = Condition::Kind::all;
  if (rule.unless) {
    Condition negation;
    negation.kind = Condition::Kind::negation;
    negation.parts.push_back(*rule.unless);
    allowed.parts.push_back(std::move(negation));
  }
  const Evaluation not_excluded = evaluate(allowed, facts);
  if (not_excluded.truth == Truth::no) return {};
  const Evaluation enough = evaluate_enough(rule, facts);
  if (enough.truth == Truth::no) return too_little(rule, facts);

  Judgement judgement;
  const Evaluation cost = evaluate_cost(rule, facts, judgement.cost_share);
  const Evaluation when = evaluate(rule.when, facts);
  const Truth truth = std::min({enough.truth, cost.truth, when.truth, not_excluded.truth});
  if (truth == Truth::no) return judgement;
  if (truth == Truth::unknown) {
    Judgement open = undecided(facts, {&enough, &cost, &when, &not_excluded});
    open.cost_share = judgement.cost_share;
    return open;
  }
  judgement.verdict = Expectation::fires;
  judgement.deciding = when.deciding;
  judgement.deciding.insert(judgement.deciding.end(), not_excluded.deciding.begin(), not_excluded.deciding.end());
  return judgement;
}

}  // namespace faultline::diagnosis
