// SPDX-License-Identifier: Apache-2.0
#include "advisor/cli/support/changes.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <string>

#include "appliers/systemd/drop_in.h"

namespace faultline::cli {
namespace {

/// What the process has is taken for what its unit says.
Unit presumed_unit(const Snapshot& snapshot) {
  std::string name;
  for (const char c : snapshot.process.comm) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_') name += c;
  }
  if (name.empty()) name = "service";
  Unit unit;
  unit.id = name + ".service";
  unit.load_state = "loaded";
  unit.active_state = "active";
  unit.environment = snapshot.process.environment;
  return unit;
}

bool is_defeated(const std::string& fix, const std::vector<Refusal>& refusals) {
  return std::any_of(refusals.begin(), refusals.end(),
                     [&](const Refusal& refusal) { return refusal.fix == fix && !refusal.in_place; });
}

/// The first fix of each finding that has settings and is not defeated by the unit.
std::vector<systemd::FixSettings> first_of_each(const std::vector<Finding>& findings,
                                                const std::vector<Refusal>& refusals) {
  std::vector<systemd::FixSettings> chosen;
  for (const Finding& finding : findings) {
    const auto first = std::find_if(finding.fixes.begin(), finding.fixes.end(), [&](const Proposal& proposal) {
      return !proposal.refused && !proposal.settings.empty() && !is_defeated(proposal.fix, refusals);
    });
    if (first == finding.fixes.end()) continue;
    const bool there = std::any_of(chosen.begin(), chosen.end(),
                                   [&](const systemd::FixSettings& one) { return one.fix == first->fix; });
    if (!there) chosen.push_back({first->fix, first->summary, first->settings});
  }
  return chosen;
}

/// Each round defeats at least one fix more, or is the last.
Rendering render_until_taken(const Snapshot& snapshot, const Unit& unit, const std::vector<Finding>& findings) {
  std::vector<Refusal> refusals;
  for (;;) {
    const auto chosen = first_of_each(findings, refusals);
    if (chosen.empty()) return {{}, refusals};
    Rendering rendering = systemd::render(unit, snapshot.process.environment, chosen, FAULTLINE_VERSION);
    const bool all_taken = std::all_of(rendering.refusals.begin(), rendering.refusals.end(),
                                       [](const Refusal& refusal) { return refusal.in_place; });
    if (all_taken) {
      rendering.refusals.insert(rendering.refusals.begin(), refusals.begin(), refusals.end());
      return rendering;
    }
    for (Refusal& refusal : rendering.refusals) {
      if (!refusal.in_place) refusals.push_back(std::move(refusal));
    }
  }
}

}  // namespace

Rendering changes_for(const Snapshot& snapshot, const std::vector<Finding>& findings) {
  const Unit unit = snapshot.unit ? *snapshot.unit : presumed_unit(snapshot);
  Rendering rendering = render_until_taken(snapshot, unit, findings);
  if (snapshot.unit) return rendering;
  for (Change& change : rendering.changes) {
    change.notes.push_back(
        fmt::format("no systemd unit runs this process here: {} stands for the unit that does; "
                    "audit it by name to have its own settings merged",
                    unit.id));
  }
  return rendering;
}

}  // namespace faultline::cli
