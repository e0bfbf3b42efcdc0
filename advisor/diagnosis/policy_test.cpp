// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/policy_test.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "advisor/diagnosis/engine.h"
#include "advisor/diagnosis/judge.h"

namespace faultline::diagnosis {
namespace {

FactSet facts_of_case(const Case& one) {
  FactSet facts;
  for (const auto& [name, value] : one.facts) {
    facts.put(value ? Fact::measured(name, *value, "case") : Fact::unknown(name, "unknown in this case"));
  }
  return facts;
}

std::string verdict_words(const Judgement& judgement) {
  std::string words(to_string(judgement.verdict));
  if (judgement.cost_share) words += fmt::format(", cost {:.4f}", *judgement.cost_share);
  if (!judgement.why.empty()) words += fmt::format(" ({})", judgement.why);
  return words;
}

bool equal(double a, double b) { return std::abs(a - b) <= 1e-9 * std::max(1.0, std::max(std::abs(a), std::abs(b))); }

void check_fixes(const Rule& rule, const Case& one, const FactSet& facts, std::vector<CaseFailure>& failures) {
  for (const auto& [id, expected] : one.fixes) {
    const auto fix = std::find_if(rule.fixes.begin(), rule.fixes.end(),
                                  [&, &name = id](const RuleFix& candidate) { return candidate.fix == name; });
    if (fix == rule.fixes.end()) continue;  // the reader refuses it
    const auto parameters = parameters_of(*fix, facts);
    for (const auto& [name, value] : expected) {
      const auto got = parameters.find(name);
      if (got != parameters.end() && equal(got->second, value)) continue;
      failures.push_back({rule.id, one.name, one.where, fmt::format("{} {} = {}", id, name, value),
                          got == parameters.end() ? "unknown" : fmt::format("{}", got->second)});
    }
  }
}

void run(const Rule& rule, const Case& one, std::vector<CaseFailure>& failures) {
  const FactSet facts = facts_of_case(one);
  const Judgement judgement = judge(rule, facts);
  if (judgement.verdict != one.expect) {
    failures.push_back({rule.id, one.name, one.where, std::string(to_string(one.expect)), verdict_words(judgement)});
    return;
  }
  const Severity severity = severity_of(judgement.cost_share.value_or(0));
  if (one.severity && severity != *one.severity) {
    failures.push_back(
        {rule.id, one.name, one.where, std::string(to_string(*one.severity)), std::string(to_string(severity))});
  }
  check_fixes(rule, one, facts, failures);
}

}  // namespace

std::string_view to_string(Expectation expectation) {
  switch (expectation) {
    case Expectation::fires: return "fires";
    case Expectation::holds: return "holds";
    case Expectation::undecided: return "undecided";
    case Expectation::too_little_evidence: return "too_little_evidence";
  }
  return "undecided";
}

std::vector<CaseFailure> test_policies(const std::vector<Rule>& rules) {
  std::vector<CaseFailure> failures;
  for (const auto& rule : rules) {
    for (const auto& one : rule.cases) run(rule, one, failures);
    for (const auto kind : {Expectation::fires, Expectation::holds, Expectation::undecided}) {
      const auto is_kind = [&](const Case& one) { return one.expect == kind; };
      if (std::any_of(rule.cases.begin(), rule.cases.end(), is_kind)) continue;
      failures.push_back({rule.id, {}, rule.where, fmt::format("a case that expects: {}", to_string(kind)), "none"});
    }
  }
  return failures;
}

}  // namespace faultline::diagnosis
