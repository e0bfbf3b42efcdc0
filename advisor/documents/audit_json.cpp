// SPDX-License-Identifier: Apache-2.0
#include "advisor/documents/audit_json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "advisor/documents/support/json_writer.h"

namespace faultline::documents {
namespace {

Json json_of_settings(const Settings& settings) {
  Json object = Json::object();
  for (const auto& setting : settings) {
    if (const auto* variable = std::get_if<EnvironmentVariable>(&setting)) {
      object["environment"][utf8(variable->name)] = utf8(variable->value);
    } else if (const auto* quota = std::get_if<CpuQuota>(&setting)) {
      object["cpu_quota_cores"] = json_of(std::optional(quota->cores));
    }
  }
  return object;
}

Json json_of_optional(const std::optional<std::string>& text) { return text ? Json(utf8(*text)) : Json(nullptr); }

Json json_of_proposal(const Proposal& proposal) {
  return {{"fix", utf8(proposal.fix)},
          {"summary", utf8(proposal.summary)},
          {"settings", json_of_settings(proposal.settings)},
          {"expected", json_of(proposal.expected)},
          {"refused", json_of_optional(proposal.refused)},
          {"advice", json_of_optional(proposal.advice)},
          {"price", utf8(proposal.price)},
          {"notes", json_of(proposal.notes)}};
}

Json json_of_evidence(const Evidence& evidence) {
  return {{"fact", utf8(evidence.fact)},
          {"value", json_of(evidence.value)},
          {"unit", utf8(evidence.unit)},
          {"limit", utf8(evidence.limit)},
          {"quality", faultline::to_string(evidence.quality)},
          {"source", utf8(evidence.source)}};
}

Json json_of_finding(const Finding& finding) {
  Json evidence = Json::array();
  for (const auto& row : finding.evidence) evidence.push_back(json_of_evidence(row));
  Json fixes = Json::array();
  for (const auto& proposal : finding.fixes) fixes.push_back(json_of_proposal(proposal));
  return {{"id", utf8(finding.id)},
          {"rule", utf8(finding.rule)},
          {"cause", utf8(finding.cause)},
          {"title", utf8(finding.title)},
          {"severity", faultline::to_string(finding.severity)},
          {"cost_share", json_of(std::optional(finding.cost_share))},
          {"confidence", utf8(finding.confidence)},
          {"evidence", std::move(evidence)},
          {"moves",
           {{"from", utf8(finding.moves.from)}, {"to", utf8(finding.moves.to)}, {"price", utf8(finding.moves.price)}}},
          {"fixes", std::move(fixes)}};
}

/// A line that is unknown is null in share_of_time, and says why under `unknown`.
Json json_of_bill(const Bill& bill) {
  Json per_allocation_ns = Json::object();
  Json share_of_time = Json::object();
  Json quality = Json::object();
  Json reasons = Json::object();
  for (const auto& line : bill.lines) {
    const std::string payee = utf8(line.payee);
    if (line.per_allocation_ns) per_allocation_ns[payee] = json_of(line.per_allocation_ns);
    share_of_time[payee] = json_of(line.share);
    quality[payee] = faultline::to_string(line.share ? line.quality : Quality::unknown);
    if (!line.reason.empty()) reasons[payee] = utf8(line.reason);
  }
  return {{"per_allocation_ns", std::move(per_allocation_ns)},
          {"share_of_time", std::move(share_of_time)},
          {"quality", std::move(quality)},
          {"reasons", std::move(reasons)}};
}

Json json_of_ladder(const std::vector<RungVerdict>& ladder) {
  Json array = Json::array();
  for (const auto& rung : ladder) {
    array.push_back(
        {{"rung", utf8(rung.rung)}, {"verdict", faultline::to_string(rung.state)}, {"summary", utf8(rung.summary)}});
  }
  return array;
}

Json json_of_undecided(const std::vector<Undecided>& all) {
  Json array = Json::array();
  for (const auto& one : all) {
    array.push_back({{"rule", utf8(one.rule)},
                     {"cause", utf8(one.cause)},
                     {"missing", json_of(one.missing)},
                     {"why", utf8(one.why)},
                     {"unlock", utf8(one.unlock)}});
  }
  return array;
}

Json json_of_deferred(const std::vector<Deferred>& all) {
  Json array = Json::array();
  for (const auto& one : all) {
    array.push_back({{"rule", utf8(one.rule)}, {"cause", utf8(one.cause)}, {"behind", utf8(one.behind)}});
  }
  return array;
}

Json json_of_change(const Change& change) {
  return {{"fix", utf8(fmt::format("{}", fmt::join(change.fixes, ", ")))},
          {"fixes", json_of(change.fixes)},
          {"platform", utf8(change.platform)},
          {"path", utf8(change.path)},
          {"before", json_of_optional(change.before)},
          {"after", utf8(change.after)},
          {"diff", utf8(change.diff)},
          {"needs", json_of(change.needs)},
          {"notes", json_of(change.notes)},
          {"plan_id", utf8(change.plan_id)}};
}

Json json_of_target(const AuditedTarget& target) {
  Json changes = Json::array();
  for (const auto& change : target.changes) changes.push_back(json_of_change(change));
  Json refusals = Json::array();
  for (const auto& refusal : target.refusals)
    refusals.push_back({{"fix", utf8(refusal.fix)}, {"why", utf8(refusal.why)}, {"in_place", refusal.in_place}});
  Json findings = Json::array();
  for (const auto& finding : target.diagnosis.findings) findings.push_back(json_of_finding(finding));
  return {{"target", utf8(target.snapshot.target)},
          {"process", json_of(target.snapshot.process)},
          {"unit", target.snapshot.unit ? json_of(*target.snapshot.unit) : Json(nullptr)},
          {"window", json_of(target.snapshot.window)},
          {"facts", json_of(target.snapshot.facts, target.snapshot.window)},
          {"bill", json_of_bill(target.diagnosis.bill)},
          {"ladder", json_of_ladder(target.diagnosis.ladder)},
          {"findings", std::move(findings)},
          {"undecided", json_of_undecided(target.diagnosis.undecided)},
          {"deferred", json_of_deferred(target.diagnosis.deferred)},
          {"changes", std::move(changes)},
          {"refusals", std::move(refusals)}};
}

Json json_of_target(const FailedTarget& target) {
  return {{"target", utf8(target.target)},
          {"error",
           {{"kind", to_string(target.error.kind)},
            {"what", utf8(target.error.what)},
            {"where", utf8(target.error.where)},
            {"why", utf8(target.error.why)},
            {"hint", utf8(target.error.hint)}}}};
}

}  // namespace

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return "usage";
    case ErrorKind::input: return "input";
    case ErrorKind::not_found: return "not_found";
    case ErrorKind::gone: return "gone";
    case ErrorKind::permission: return "permission";
    case ErrorKind::unsupported: return "unsupported";
    case ErrorKind::refused: return "refused";
    case ErrorKind::io: return "io";
    case ErrorKind::bug: return "bug";
  }
  return "bug";
}

std::string write_audit(const AuditDocument& audit) {
  Json targets = Json::array();
  for (const auto& target : audit.targets) {
    targets.push_back(std::visit([](const auto& one) { return json_of_target(one); }, target));
  }
  return dump({{"schema", audit_schema},
               {"faultline", utf8(audit.faultline_version)},
               {"argv", json_of(audit.argv)},
               {"exit_code", audit.exit_code},
               {"host", json_of(audit.host)},
               {"targets", std::move(targets)}});
}

}  // namespace faultline::documents
