// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/finding.h"

#include <algorithm>
#include <cstdint>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "advisor/diagnosis/engine.h"
#include "advisor/diagnosis/expression.h"
#include "advisor/diagnosis/wording.h"
#include "advisor/facts/catalogue.h"

namespace faultline::diagnosis {
namespace {

/// FNV-1a, 64 bit: the same on every machine and in every version, unlike std::hash.
std::string stable_id(const std::string& rule, const std::string& target) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : fmt::format("{}\n{}", rule, target)) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  return fmt::format("{:016x}", hash);
}

bool has(const std::vector<Evidence>& evidence, std::string_view fact) {
  return std::any_of(evidence.begin(), evidence.end(), [&](const Evidence& row) { return row.fact == fact; });
}

void show(std::vector<Evidence>& evidence, const FactSet& facts, const std::string& name, std::string limit) {
  const Fact* fact = facts.find(name);
  if (fact == nullptr || !fact->known()) return;
  const facts::Spec* spec = facts::find(name);
  evidence.push_back({name, *fact->value, std::string(spec == nullptr ? "" : spec->unit), std::move(limit),
                      fact->quality, fact->source});
}

/// The facts whose sum or product is the cost, without the base that turns samples into time.
std::vector<std::string> cost_facts(const Rule& rule) {
  std::vector<std::string> names = facts_of(rule.cost);
  names.erase(
      std::remove_if(names.begin(), names.end(),
                     [](const std::string& name) { return name == "cpu.time.seconds" || name == "time.base.seconds"; }),
      names.end());
  return names;
}

std::vector<Evidence> evidence_of(const Rule& rule, const Judgement& judgement, const FactSet& facts) {
  std::vector<Evidence> evidence;
  for (const auto& leaf : judgement.deciding) {
    const std::string limit = limit_text(leaf.leaf, leaf.negated);
    const bool repeated = std::any_of(evidence.begin(), evidence.end(), [&](const Evidence& row) {
      return row.fact == leaf.leaf.fact && row.limit == limit;
    });
    if (!repeated) show(evidence, facts, leaf.leaf.fact, limit);
  }
  const std::vector<std::string> costs = cost_facts(rule);
  for (const auto& name : costs) {
    const std::string limit = fmt::format("{}>= {}", costs.size() > 1 ? "together " : "", least_cost_share);
    if (!has(evidence, name)) show(evidence, facts, name, limit);
  }
  for (const auto& requirement : rule.enough) {
    if (!has(evidence, requirement.leaf.fact)) {
      show(evidence, facts, requirement.leaf.fact, limit_text(requirement.leaf));
    }
  }
  for (const auto& shown : rule.evidence) {
    if (!has(evidence, shown.fact)) show(evidence, facts, shown.fact, shown.limit);
  }
  return evidence;
}

/// High, less one step for each reason of its own: estimates among the deciding facts, the rule's notes, doubts.
std::string confidence_of(const Rule& rule, const Judgement& judgement, const FactSet& facts,
                          const std::vector<std::string>& doubts) {
  std::vector<std::string> names = cost_facts(rule);
  for (const auto& leaf : judgement.deciding) names.push_back(leaf.leaf.fact);
  std::vector<std::string> estimated;
  for (const auto& name : names) {
    const Fact* fact = facts.find(name);
    if (fact != nullptr && fact->quality == Quality::estimated &&
        std::find(estimated.begin(), estimated.end(), name) == estimated.end()) {
      estimated.push_back(name);
    }
  }
  std::vector<std::string> reasons;
  if (!estimated.empty()) {
    reasons.push_back(
        fmt::format("{} {} estimated, not counted", fmt::join(estimated, ", "), estimated.size() == 1 ? "is" : "are"));
  }
  for (const auto& note : rule.confidence) {
    if (evaluate(note.when, facts).truth == Truth::yes) reasons.push_back(interpolate(note.text, facts));
  }
  reasons.insert(reasons.end(), doubts.begin(), doubts.end());
  if (reasons.empty()) return "high: every deciding fact was measured";
  return fmt::format("{}: {}", reasons.size() == 1 ? "medium" : "low", fmt::join(reasons, "; "));
}

Proposal propose(const RuleFix& rule_fix, const Snapshot& snapshot, const std::vector<std::unique_ptr<Fix>>& fixes) {
  const auto it = std::find_if(fixes.begin(), fixes.end(), [&](const auto& fix) { return fix->id() == rule_fix.fix; });
  Proposal proposal;
  if (it == fixes.end()) {
    proposal.refused = "this version does not have the fix";
  } else {
    proposal = (*it)->propose(snapshot, parameters_of(rule_fix, snapshot.facts));
  }
  if (proposal.fix.empty()) proposal.fix = rule_fix.fix;
  return proposal;
}

}  // namespace

std::map<std::string, double> parameters_of(const RuleFix& fix, const FactSet& facts) {
  std::map<std::string, double> parameters;
  for (const auto& [name, expression] : fix.with) {
    if (const Evaluated result = evaluate(expression, facts); result.value) parameters[name] = *result.value;
  }
  return parameters;
}

Finding make_finding(const Rule& rule, const Judgement& judgement, const Snapshot& snapshot,
                     const std::vector<std::string>& doubts, const std::vector<std::unique_ptr<Fix>>& fixes) {
  const FactSet& facts = snapshot.facts;
  Finding finding;
  finding.id = stable_id(rule.id, snapshot.target);
  finding.rule = rule.id;
  finding.cause = rule.cause;
  finding.title = interpolate(rule.title, facts);
  finding.cost_share = judgement.cost_share.value_or(0);
  finding.severity = severity_of(finding.cost_share);
  finding.confidence = confidence_of(rule, judgement, facts, doubts);
  finding.evidence = evidence_of(rule, judgement, facts);
  finding.moves = {interpolate(rule.moves.from, facts), interpolate(rule.moves.to, facts),
                   interpolate(rule.moves.price, facts)};
  for (const auto& fix : rule.fixes) finding.fixes.push_back(propose(fix, snapshot, fixes));
  return finding;
}

}  // namespace faultline::diagnosis
