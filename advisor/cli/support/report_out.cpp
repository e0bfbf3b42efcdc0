// SPDX-License-Identifier: Apache-2.0
#include "advisor/cli/support/report_out.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "advisor/cli/support/exit_code.h"
#include "advisor/documents/audit_json.h"
#include "advisor/documents/snapshot_json.h"
#include "advisor/report/text.h"

namespace faultline::cli {
namespace {

Severity severity_named(const std::string& name) {
  for (const Severity one : {Severity::info, Severity::low, Severity::medium}) {
    if (to_string(one) == name) return one;
  }
  return Severity::high;
}

bool reaches(const Diagnosis& diagnosis, const std::string& fail_on, const std::set<std::string>& accepted) {
  if (fail_on.empty()) return false;
  const Severity least = severity_named(fail_on);
  return std::any_of(diagnosis.findings.begin(), diagnosis.findings.end(), [&](const Finding& finding) {
    return finding.severity >= least && !accepted.contains(finding.id);
  });
}

int exit_code_for(const ReportInput& input, const std::string& fail_on, const std::set<std::string>& accepted) {
  int code = done;
  for (const ReportTarget& target : input.targets) {
    // One target alone says what kind of error it is; among several an error is an error.
    if (!target.judged) return input.targets.size() == 1 ? exit_code_of(target.judged.error().kind) : error;
    if (reaches(target.judged->judged.diagnosis, fail_on, accepted)) code = findings;
  }
  return code;
}

std::string text_of(const ReportInput& input, const report::TextStyle& style) {
  std::string text;
  for (const ReportTarget& target : input.targets) {
    if (!target.judged) continue;
    if (!text.empty()) text += "\n" + std::string(100, '=') + "\n\n";
    text += report::text_report(target.judged->snapshot, target.judged->judged.diagnosis,
                                target.judged->judged.rendering, style);
  }
  return text;
}

double first_cost(const ReportTarget& target) {
  if (!target.judged || target.judged->judged.diagnosis.findings.empty()) return -1;
  return target.judged->judged.diagnosis.findings.front().cost_share;
}

/// As named, or of `all` the dearest first.
std::vector<const ReportTarget*> in_order(const ReportInput& input) {
  std::vector<const ReportTarget*> rows;
  rows.reserve(input.targets.size());
  for (const ReportTarget& target : input.targets) rows.push_back(&target);
  if (!input.all) return rows;
  std::stable_sort(rows.begin(), rows.end(),
                   [](const ReportTarget* a, const ReportTarget* b) { return first_cost(*a) > first_cost(*b); });
  return rows;
}

std::string table_of(const ReportInput& input) {
  std::string text = report::table_heading();
  for (const ReportTarget* row : in_order(input)) {
    if (row->judged) text += report::table_line(row->judged->snapshot, row->judged->judged.diagnosis);
  }
  text += fmt::format("\n{} audited, {} idle. One whole: faultline audit NAME. Nothing was changed.\n",
                      input.targets.size(), input.idle.size());
  return text;
}

std::string json_of(const ReportInput& input, int exit_code) {
  documents::AuditDocument document;
  document.faultline_version = FAULTLINE_VERSION;
  document.argv = input.invocation.argv;
  document.exit_code = exit_code;
  document.host = input.host;
  for (const ReportTarget* target : in_order(input)) {
    if (!target->judged) {
      document.targets.emplace_back(documents::FailedTarget{target->text, target->judged.error()});
      continue;
    }
    const Judged& judged = target->judged->judged;
    document.targets.emplace_back(documents::AuditedTarget{target->judged->snapshot, judged.diagnosis,
                                                           judged.rendering.changes, judged.rendering.refusals});
  }
  return documents::write_audit(document);
}

std::string numbered(const std::string& path, std::size_t number) {
  if (number == 1) return path;
  const auto dot = path.rfind('.');
  const auto slash = path.rfind('/');
  const bool has_suffix = dot != std::string::npos && (slash == std::string::npos || dot > slash);
  if (!has_suffix) return fmt::format("{}.{}", path, number);
  return fmt::format("{}.{}{}", path.substr(0, dot), number, path.substr(dot));
}

}  // namespace

Result<int> write_report(const ReportInput& input, const ReportOptions& options,
                         const std::set<std::string>& accepted) {
  const int code = exit_code_for(input, options.fail_on, accepted);
  for (const ReportTarget& target : input.targets) {
    if (!target.judged) print_error(target.judged.error());
  }
  const report::TextStyle style{options.output.empty() && color_on_stdout(input.invocation.console),
                                input.invocation.console.verbose};
  std::string text;
  if (options.format == "json") {
    text = json_of(input, code);
  } else {
    text = input.all ? table_of(input) : text_of(input, style);
  }
  if (auto written = write_data(text, options.output); !written) return tl::unexpected(written.error());
  return code;
}

Result<void> save_snapshots(const std::vector<Measured>& measured, const std::string& path) {
  std::size_t number = 0;
  for (const Measured& one : measured) {
    if (!one.snapshot) continue;
    const std::string text = documents::write_snapshot(*one.snapshot);
    if (auto written = write_data(text, path == "-" ? path : numbered(path, ++number)); !written) return written;
  }
  return {};
}

}  // namespace faultline::cli
