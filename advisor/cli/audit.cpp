// SPDX-License-Identifier: Apache-2.0
// audit: measure, diagnose, show the changes. Changes nothing.
#include <algorithm>
#include <array>

#include "advisor/cli/support/accepted.h"
#include "advisor/cli/support/exit_code.h"
#include "advisor/cli/support/pipeline.h"
#include "advisor/cli/support/report_out.h"
#include "advisor/cli/support/verb.h"

namespace faultline {
namespace {

using namespace cli;

class AuditVerb : public Verb {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("audit", "measure a running service, name what it pays, show the change");
    verb->footer(
        "Example: faultline audit rewards.service\n"
        "         faultline audit pid:4121 --window 30s --format json -o audit.json\n"
        "         faultline audit -- ./service --port 8080\n"
        "TARGET is NAME.service, pid:N, cgroup:/PATH, all, or -- COMMAND. An audit changes nothing.");
    verb->add_option("TARGET", targets_, "NAME.service, pid:N, cgroup:/PATH or all");
    verb->add_option("--window", window_.window, "how long to measure: 10s, 500ms, 2m; default 10s");
    verb->add_option("--slice", window_.slice, "resolution over time, default 1s");
    verb->add_option("--duration", window_.duration, "a long window such as 30m, in sixty slices");
    verb->add_option("--with", window_.with, "a rung that is left out otherwise: allocations; may be repeated")
        ->allow_extra_args(false);
    verb->add_option("--without", window_.without, "a rung to leave out, such as locks; may be repeated")
        ->allow_extra_args(false);
    verb->add_option("--format", report_.format, "text or json")->check(CLI::IsMember({"text", "json"}));
    verb->add_option("-o,--output", report_.output, "write the report there instead of standard output");
    verb->add_option("--save-snapshot", snapshot_path_, "keep the facts for `faultline diagnose`");
    verb->add_option("--policies", policy_folders_, "a folder of your own rules, besides the built-in ones");
    verb->add_option("--fail-on", report_.fail_on, "exit with 2 from this severity: info, low, medium or high")
        ->check(CLI::IsMember({"info", "low", "medium", "high"}));
    verb->add_option("--accept", report_.accept_path, "a file of finding ids, one a line, that do not count");
    return verb;
  }

  int run(const Invocation& invocation) override {
    const auto result = audit(invocation);
    if (result) return *result;
    print_error(result.error());
    return exit_code_of(result.error().kind);
  }

 private:
  Result<int> audit(const Invocation& invocation) {
    const auto plan = plan_window(window_);
    if (!plan) return tl::unexpected(plan.error());
    const auto rules = load_rules(policy_folders_);
    if (!rules) return tl::unexpected(rules.error());
    const auto accepted = read_accepted(report_.accept_path);
    if (!accepted) return tl::unexpected(accepted.error());
    const auto machine = prepare_machine();
    if (!machine) return tl::unexpected(machine.error());
    auto request = make_request(*machine, targets_, invocation.command, invocation.console);
    if (!request) return tl::unexpected(request.error());
    std::vector<Measured> measured = run_window(*machine, *request, *plan, invocation.console);
    if (!snapshot_path_.empty()) {
      if (auto saved = save_snapshots(measured, snapshot_path_); !saved) return tl::unexpected(saved.error());
    }
    ReportInput input{
        .invocation = invocation, .host = machine->facts, .all = request->all, .idle = request->idle, .targets = {}};
    for (Measured& one : measured) {
      if (!one.snapshot) {
        input.targets.push_back({one.text, tl::unexpected(one.snapshot.error())});
        continue;
      }
      Judged judged = judge(*one.snapshot, *rules);
      input.targets.push_back({one.text, JudgedSnapshot{std::move(*one.snapshot), std::move(judged)}});
    }
    return write_report(input, report_, *accepted);
  }

  std::vector<std::string> targets_;
  WindowOptions window_;
  ReportOptions report_;
  std::string snapshot_path_;
  std::vector<std::string> policy_folders_;
};

}  // namespace

std::unique_ptr<Verb> make_audit_verb() { return std::make_unique<AuditVerb>(); }

}  // namespace faultline
