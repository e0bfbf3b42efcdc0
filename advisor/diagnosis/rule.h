// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "advisor/diagnosis/condition.h"
#include "advisor/diagnosis/expression.h"
#include "advisor/model/diagnosis.h"
#include "advisor/model/fact.h"

namespace faultline::diagnosis {

/// How much must have been seen before the rule says anything, e.g. 100 samples.
struct Requirement {
  Leaf leaf;           ///< number facts, at_least only
  std::string noun;    ///< what is counted, e.g. "samples"
  std::string unlock;  ///< how to get more, e.g. "--window 60s"
};

/// Lowers the confidence of a finding and says why.
struct ConfidenceNote {
  Condition when;
  std::string text;
};

/// A fact shown beside the deciding ones, with the limit that the literature repeats for it, if any.
struct Shown {
  std::string fact;
  std::string limit;
};

struct RuleFix {
  std::string fix;
  std::map<std::string, Expression> with;
};

enum class Expectation { fires, holds, undecided, too_little_evidence };

/// One example of the rule, tested by `policy test`.
struct Case {
  std::string name;
  std::string where;                                      ///< file:line:column
  std::map<std::string, std::optional<FactValue>> facts;  ///< nothing = unknown
  Expectation expect = Expectation::holds;
  std::optional<Severity> severity;
  std::map<std::string, std::map<std::string, double>> fixes;  ///< fix → parameters it must get
};

/// One policy file. Texts may hold {fact.name}; they reach reports only.
struct Rule {
  std::string id;
  std::string where;  ///< path of its file
  std::string cause;
  std::string title;
  std::vector<Requirement> enough;
  Condition when;                   ///< with no parts: always true
  std::optional<Condition> unless;  ///< true = holds, however little else is known
  std::vector<std::string> after;   ///< causes to rule out first
  Expression cost;                  ///< share of time; under the least severity's limit the rule holds
  std::vector<ConfidenceNote> confidence;
  std::vector<Shown> evidence;
  Moves moves;
  std::vector<RuleFix> fixes;
  std::vector<std::string> sources;
  std::vector<Case> cases;
};

}  // namespace faultline::diagnosis
