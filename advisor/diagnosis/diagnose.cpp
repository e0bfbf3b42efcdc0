// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/diagnose.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <tuple>
#include <utility>

#include "advisor/diagnosis/causes.h"
#include "advisor/diagnosis/engine.h"
#include "advisor/diagnosis/finding.h"
#include "advisor/diagnosis/judge.h"

namespace faultline::diagnosis {
namespace {

struct Judged {
  const Rule* rule;
  Judgement judgement;
};

bool fires(const Judged& judged) { return judged.judgement.verdict == Expectation::fires; }

bool is_open(const Judged& judged) {
  return judged.judgement.verdict == Expectation::undecided ||
         judged.judgement.verdict == Expectation::too_little_evidence;
}

/// The earlier cause that fired at a higher cost, if any: the dearest of them.
std::optional<std::string> dearer_cause(const Judged& own, const std::vector<Judged>& all) {
  const Judged* dearest = nullptr;
  for (const auto& other : all) {
    const auto& after = own.rule->after;
    if (!fires(other) || std::find(after.begin(), after.end(), other.rule->cause) == after.end()) continue;
    if (other.judgement.cost_share <= own.judgement.cost_share) continue;
    if (dearest == nullptr || other.judgement.cost_share > dearest->judgement.cost_share) dearest = &other;
  }
  return dearest == nullptr ? std::nullopt : std::optional(dearest->rule->cause);
}

/// One reason a cause to rule out first that no rule could decide.
std::vector<std::string> doubts_of(const Judged& own, const std::vector<Judged>& all) {
  std::vector<std::string> doubts;
  for (const auto& cause : own.rule->after) {
    const auto of_cause = [&](const Judged& other) { return other.rule->cause == cause; };
    const bool fired = std::any_of(all.begin(), all.end(), [&](const Judged& j) { return of_cause(j) && fires(j); });
    const auto open = std::find_if(all.begin(), all.end(), [&](const Judged& j) { return of_cause(j) && is_open(j); });
    if (fired || open == all.end()) continue;
    doubts.push_back(fmt::format("{} could not be ruled out first ({})", cause, open->judgement.why));
  }
  return doubts;
}

bool dearer_first(const Finding& a, const Finding& b) {
  return std::tuple(-a.cost_share, order_of(a.cause), a.rule) < std::tuple(-b.cost_share, order_of(b.cause), b.rule);
}

}  // namespace

Diagnosis diagnose_with(const Snapshot& snapshot, const std::vector<Rule>& rules,
                        const std::vector<std::unique_ptr<Fix>>& fixes) {
  std::vector<Judged> all;
  all.reserve(rules.size());
  for (const auto& rule : rules) all.push_back({&rule, judge(rule, snapshot.facts)});

  Diagnosis diagnosis;
  diagnosis.bill = bill_of(snapshot.facts);
  diagnosis.ladder = judge_ladder(snapshot);
  for (const auto& judged : all) {
    const Rule& rule = *judged.rule;
    if (is_open(judged)) {
      const auto& [verdict, cost, deciding, missing, why, unlock] = judged.judgement;
      diagnosis.undecided.push_back({rule.id, rule.cause, missing, why, unlock});
    } else if (fires(judged)) {
      if (auto behind = dearer_cause(judged, all)) {
        diagnosis.deferred.push_back({rule.id, rule.cause, std::move(*behind)});
      } else {
        diagnosis.findings.push_back(make_finding(rule, judged.judgement, snapshot, doubts_of(judged, all), fixes));
      }
    }
  }
  std::sort(diagnosis.findings.begin(), diagnosis.findings.end(), dearer_first);
  return diagnosis;
}

Diagnosis diagnose(const Snapshot& snapshot, const std::vector<Rule>& rules) {
  return diagnose_with(snapshot, rules, all_fixes());
}

}  // namespace faultline::diagnosis
