// SPDX-License-Identifier: Apache-2.0
#include "appliers/systemd/drop_in_draft.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

#include "advisor/model/text.h"
#include "appliers/plan/plan_id.h"
#include "appliers/plan/unified_diff.h"
#include "appliers/systemd/merge.h"
#include "appliers/systemd/own_file.h"
#include "appliers/systemd/unit_body.h"

namespace faultline::systemd {
namespace {

constexpr std::size_t most_reason_bytes = 400;

/// "FIX: why", on one line that shows as it is.
std::string reason_of(const FixSettings& fix) {
  std::string reason = visible(fix.fix + ": " + fix.reason.substr(0, most_reason_bytes));
  reason.erase(reason.find_last_not_of(' ') + 1);
  return reason;
}

/// Ids of fixes stand before the colon of a reason, in the file.
bool is_fix_id(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

std::string fix_of(const std::string& reason) { return reason.substr(0, reason.find(':')); }

}  // namespace

std::string in_one_line(const Error& error) {
  std::string text = fmt::format("{}: {}", error.where, error.why);
  if (!error.hint.empty()) text += "; " + error.hint;
  return text;
}

DropInDraft::DropInDraft(const Unit& unit, const Environment& process, std::vector<Directive> own)
    : unit_(unit), type_(*unit_type_of(unit.id)), process_(process), directives_(std::move(own)) {
  for (const Directive& directive : directives_) {
    for (const std::string& reason : directive.reasons) kept_.insert(fix_of(reason));
  }
}

std::optional<Refusal> DropInDraft::take(const FixSettings& fix) {
  if (!is_fix_id(fix.fix)) return Refusal{fix.fix, "this is no fix's id"};
  if (fix.settings.empty()) return Refusal{fix.fix, "it has no settings"};
  if (is_taken(fix.fix)) return Refusal{fix.fix, "it is in the plan already"};
  std::vector<Directive> wanted;
  bool differs = false;
  for (const Setting& setting : fix.settings) {
    auto directive = merged(directive_of(setting, reason_of(fix)));
    if (!directive) return Refusal{fix.fix, in_one_line(directive.error())};
    if (auto why = obstacle(*directive)) return Refusal{fix.fix, *why};
    if (auto why = conflict(*directive)) return Refusal{fix.fix, *why};
    const bool twice =
        std::any_of(wanted.begin(), wanted.end(), [&](const Directive& one) { return one.same_place(*directive); });
    if (twice) return Refusal{fix.fix, "it sets " + directive->name + " twice"};
    differs = differs || !is_there(*directive);
    wanted.push_back(std::move(*directive));
  }
  std::vector<Directive> others = without_old(fix.fix, wanted);
  if (!differs && others.size() == directives_.size()) return Refusal{fix.fix, already(wanted), true};
  // A value that cannot be written is refused here, before the others are rendered with it.
  if (const auto body = emit_body(type_.section, wanted); !body) return Refusal{fix.fix, in_one_line(body.error())};
  directives_ = std::move(others);
  for (Directive& directive : wanted) put(std::move(directive));
  taken_.push_back(fix);
  kept_.erase(fix.fix);
  return std::nullopt;
}

Result<Change> DropInDraft::change(const std::string& faultline_version) const {
  const auto body = emit_body(type_.section, directives_);
  if (!body) return tl::unexpected(body.error());
  Change change;
  for (const FixSettings& fix : taken_) change.fixes.push_back(fix.fix);
  change.fixes.insert(change.fixes.end(), kept_.begin(), kept_.end());
  change.platform = "systemd";
  change.path = own_file_path(unit_.id);
  change.before = unit_.own_drop_in;
  change.plan_id = plan::plan_id(unit_.id, settings(), unit_.own_drop_in);
  change.after = own_file_text(faultline_version, change.plan_id, *body);
  if (auto checked = check(change.after); !checked) return tl::unexpected(checked.error());
  change.diff = plan::unified_diff(change.before, change.after, change.path);
  change.needs = {"daemon-reload"};
  if (takes_restart()) change.needs.emplace_back("restart");
  add_notes(change);
  return change;
}

bool DropInDraft::is_taken(const std::string& fix) const {
  return std::any_of(taken_.begin(), taken_.end(), [&](const FixSettings& one) { return one.fix == fix; });
}

Settings DropInDraft::settings() const {
  Settings all;
  for (const FixSettings& fix : taken_) all.insert(all.end(), fix.settings.begin(), fix.settings.end());
  return all;
}

const Directive* DropInDraft::pending(const Directive& directive) const {
  const auto it = std::find_if(directives_.begin(), directives_.end(),
                               [&](const Directive& one) { return one.same_place(directive); });
  return it == directives_.end() ? nullptr : &*it;
}

std::optional<std::string> DropInDraft::said_by_unit(const Directive& directive) const {
  if (directive.key == Key::cpu_quota) {
    return unit_.cpu_quota_cores ? std::optional(quota_text(*unit_.cpu_quota_cores)) : std::nullopt;
  }
  const auto it = unit_.environment.find(directive.name);
  return it == unit_.environment.end() ? std::nullopt : std::optional(it->second);
}

Result<Directive> DropInDraft::merged(Directive directive) const {
  if (directive.key != Key::environment) return directive;
  const Directive* const own = pending(directive);
  auto value = merged_value(directive.name, own != nullptr ? std::optional(own->value) : said_by_unit(directive),
                            directive.value);
  if (!value) return tl::unexpected(value.error());
  directive.value = std::move(*value);
  return directive;
}

std::optional<std::string> DropInDraft::obstacle(const Directive& directive) const {
  if (spec_of(directive.key).needs == Needs::processes && !type_.has_processes) {
    return fmt::format("a {} runs no process of its own: {}= means nothing to it", type_.suffix.substr(1),
                       spec_of(directive.key).text);
  }
  if (directive.key == Key::cpu_quota) return std::nullopt;
  return variable_obstacle(unit_, process_, directive.name, directive.value);
}

std::optional<std::string> DropInDraft::conflict(const Directive& directive) const {
  for (const FixSettings& fix : taken_) {
    for (const Setting& setting : fix.settings) {
      const Directive other = directive_of(setting, {});
      if (!other.same_place(directive)) continue;
      const auto both = merged_value(directive.name, directive.value, other.value);
      if (both && *both == directive.value) continue;
      return fmt::format("{} sets {} otherwise in the same file", fix.fix,
                         directive.name.empty() ? spec_of(directive.key).text : directive.name);
    }
  }
  return std::nullopt;
}

std::vector<Directive> DropInDraft::without_old(const std::string& fix, const std::vector<Directive>& wanted) const {
  std::vector<Directive> others;
  for (Directive directive : directives_) {
    const bool still =
        std::any_of(wanted.begin(), wanted.end(), [&](const Directive& one) { return one.same_place(directive); });
    auto& reasons = directive.reasons;
    if (!still) {
      reasons.erase(std::remove_if(reasons.begin(), reasons.end(),
                                   [&](const std::string& reason) { return fix_of(reason) == fix; }),
                    reasons.end());
    }
    if (!reasons.empty()) others.push_back(std::move(directive));
  }
  return others;
}

bool DropInDraft::is_there(const Directive& directive) const {
  const Directive* const own = pending(directive);
  if (own != nullptr) return own->value == directive.value;
  return said_by_unit(directive) == directive.value;
}

std::string DropInDraft::already(const std::vector<Directive>& wanted) const {
  const bool loaded =
      std::all_of(wanted.begin(), wanted.end(), [&](const Directive& one) { return said_by_unit(one) == one.value; });
  const bool live = std::all_of(wanted.begin(), wanted.end(), [&](const Directive& one) {
    const auto it = process_.find(one.name);
    return one.key != Key::environment || (it != process_.end() && it->second == one.value);
  });
  if (!loaded) return fmt::format("{} sets it already and is not loaded: daemon-reload and restart", own_path());
  if (!live) return "the unit sets it already, and the process was started before that: restart it";
  return "the unit sets it already";
}

std::string DropInDraft::own_path() const { return own_file_path(unit_.id); }

void DropInDraft::put(Directive directive) {
  const auto it = std::find_if(directives_.begin(), directives_.end(),
                               [&](const Directive& one) { return one.same_place(directive); });
  if (it == directives_.end()) {
    directives_.push_back(std::move(directive));
    return;
  }
  const std::string fix = fix_of(directive.reasons.front());
  std::vector<std::string> reasons;
  for (const std::string& reason : it->reasons) {
    if (fix_of(reason) != fix) reasons.push_back(reason);
  }
  reasons.insert(reasons.end(), directive.reasons.begin(), directive.reasons.end());
  it->value = std::move(directive.value);
  it->reasons = std::move(reasons);
}

Result<void> DropInDraft::check(const std::string& text) const {
  const auto read = read_own_file(type_.section, text);
  if (!read) return tl::unexpected(read.error());
  const bool same =
      std::equal(read->directives.begin(), read->directives.end(), directives_.begin(), directives_.end(),
                 [](const Directive& a, const Directive& b) { return a.same_meaning(b) && a.reasons == b.reasons; });
  if (same) return {};
  return fail(ErrorKind::bug, "the drop-in does not read as it was meant", own_path(), "please report this");
}

bool DropInDraft::takes_restart() const {
  const Settings all = settings();
  return std::any_of(all.begin(), all.end(),
                     [](const Setting& setting) { return spec_of(directive_of(setting, {}).key).takes_restart; });
}

void DropInDraft::add_notes(Change& change) const {
  if (!kept_.empty()) change.notes.push_back(fmt::format("stays in the file: {}", fmt::join(kept_, ", ")));
  if (!takes_restart()) {
    change.notes.emplace_back("takes effect with daemon-reload: the running service need not be restarted");
  }
  for (const Directive& directive : directives_) {
    if (directive.key != Key::environment || process_.contains(directive.name)) continue;
    if (!value_by_unit(unit_, directive.name)) continue;
    change.notes.push_back(
        fmt::format("the process lacks {}, which its unit sets: it was started before that, or something clears its "
                    "environment, and then this is lost too: look into /proc/PID/environ after the restart",
                    directive.name));
  }
  if (unit_.transient || unit_.unit_file_state == "transient") {
    change.notes.emplace_back(
        "the unit is transient: once stopped it is gone, and the drop-in waits for the next one of that name");
  }
}

}  // namespace faultline::systemd
