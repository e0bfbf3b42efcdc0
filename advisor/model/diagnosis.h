// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "advisor/model/fact.h"
#include "advisor/model/setting.h"

namespace faultline {

/// By cost: high from 20 % of the time the service runs or waits, medium from 5 %, low from 1 %.
enum class Severity { info, low, medium, high };

/// One fact that made a rule fire, with the limit it was held against.
struct Evidence {
  std::string fact;
  FactValue value;
  std::string unit;
  std::string limit;  ///< e.g. ">= 0.01"; empty for a fact that is shown and not judged
  Quality quality = Quality::measured;
  std::string source;
};

/// Every fix is a relocation: which cost goes from where to where, and at what price.
struct Moves {
  std::string from;
  std::string to;
  std::string price;
};

/// A fix as it applies to this target: settings, or the reason there are none.
struct Proposal {
  std::string fix;                              ///< id, e.g. "keep-heap"
  std::string summary;                          ///< one line
  Settings settings;                            ///< empty when refused or advice only
  std::optional<std::string> refused;           ///< why it is not offered
  std::optional<std::string> advice;            ///< for fixes that no setting expresses: what a person does
  std::string price;                            ///< in this target's numbers
  std::map<std::string, std::string> expected;  ///< fact name → expected change, e.g. "falls by 90 % or more"
  std::vector<std::string> notes;               ///< what to know before applying
};

struct Finding {
  std::string id;  ///< stable: the same rule on the same target has the same id
  std::string rule;
  std::string cause;
  std::string title;
  Severity severity = Severity::info;
  double cost_share = 0;   ///< share of the time the service runs or waits
  std::string confidence;  ///< "high", "medium" or "low", with the reason in words
  std::vector<Evidence> evidence;
  Moves moves;
  std::vector<Proposal> fixes;
};

/// A rule that could not be judged, and what it misses.
struct Undecided {
  std::string rule;
  std::string cause;
  std::vector<std::string> missing;  ///< fact names that are unknown
  std::string why;                   ///< "too little evidence: 12 samples of 100", or the facts' reasons
  std::string unlock;
};

/// A rule that fired and is not named, because an earlier and dearer cause explains it first.
struct Deferred {
  std::string rule;
  std::string cause;
  std::string behind;  ///< the cause that goes first
};

/// One line of the bill. `share` is of the time the service runs or waits; nothing = unknown.
struct BillLine {
  std::string payee;  ///< "allocator", "first_touch", "refault", "giving_back", "mmap_lock", "numa", "tlb", …
  std::optional<double> share;
  std::optional<double> per_allocation_ns;
  Quality quality = Quality::unknown;
  std::string reason;  ///< why unknown
};

struct Bill {
  std::vector<BillLine> lines;
};

enum class RungState { ok, hot, unknown };

struct RungVerdict {
  std::string rung;
  RungState state = RungState::unknown;
  std::string summary;
};

struct Diagnosis {
  Bill bill;
  std::vector<RungVerdict> ladder;
  std::vector<Finding> findings;  ///< dearest first
  std::vector<Undecided> undecided;
  std::vector<Deferred> deferred;
};

std::string_view to_string(Severity severity);
std::string_view to_string(RungState state);
/// The severity of a cost, from the one table of limits.
Severity severity_of(double cost_share);

}  // namespace faultline
