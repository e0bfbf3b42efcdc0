// SPDX-License-Identifier: Apache-2.0
#include "advisor/fixes/support/proposals.h"

#include <cmath>
#include <fmt/format.h>
#include <utility>

namespace faultline {

Proposal proposal_of(const Fix& fix) {
  Proposal proposal;
  proposal.fix = fix.id();
  proposal.summary = fix.summary();
  return proposal;
}

Proposal refused(const Fix& fix, std::string why) {
  Proposal proposal = proposal_of(fix);
  proposal.refused = std::move(why);
  return proposal;
}

Proposal advised(const Fix& fix, std::string advice) {
  Proposal proposal = proposal_of(fix);
  proposal.advice = std::move(advice);
  return proposal;
}

std::string needs_fact(const FactSet& facts, std::string_view name) {
  const Fact* fact = facts.find(name);
  if (fact == nullptr) return fmt::format("{} was not measured: measure again with this version", name);
  std::string text = fmt::format("{} is unknown ({})", name, fact->reason);
  if (!fact->unlock.empty()) text += fmt::format("; to measure it: {}", fact->unlock);
  return text;
}

std::optional<double> parameter(const std::map<std::string, double>& parameters, const std::string& name) {
  const auto it = parameters.find(name);
  if (it == parameters.end() || !std::isfinite(it->second) || it->second < 0) return std::nullopt;
  return it->second;
}

}  // namespace faultline
