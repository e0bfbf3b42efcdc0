// SPDX-License-Identifier: Apache-2.0
// diagnose: the second half of an audit: snapshots in, findings out. Needs no privileges and no target.
#include "advisor/cli/support/accepted.h"
#include "advisor/cli/support/exit_code.h"
#include "advisor/cli/support/pipeline.h"
#include "advisor/cli/support/report_out.h"
#include "advisor/cli/support/text_file.h"
#include "advisor/cli/support/verb.h"
#include "advisor/documents/json_gate.h"
#include "advisor/documents/snapshot_json.h"

namespace faultline {
namespace {

using namespace cli;

class DiagnoseVerb : public Verb {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("diagnose", "judge snapshots that `measure` took, anywhere");
    verb->footer("Example: faultline diagnose rewards.json");
    verb->add_option("SNAPSHOT", paths_, "files that `measure` or `--save-snapshot` wrote; - is standard input")
        ->required();
    verb->add_option("--format", report_.format, "text or json")->check(CLI::IsMember({"text", "json"}));
    verb->add_option("-o,--output", report_.output, "write the report there instead of standard output");
    verb->add_option("--policies", policy_folders_, "a folder of your own rules, besides the built-in ones");
    verb->add_option("--fail-on", report_.fail_on, "exit with 2 from this severity: info, low, medium or high")
        ->check(CLI::IsMember({"info", "low", "medium", "high"}));
    verb->add_option("--accept", report_.accept_path, "a file of finding ids, one a line, that do not count");
    return verb;
  }

  int run(const Invocation& invocation) override {
    const auto result = diagnose(invocation);
    if (result) return *result;
    print_error(result.error());
    return exit_code_of(result.error().kind);
  }

 private:
  static Result<Snapshot> read(const std::string& path) {
    const auto text =
        path == "-" ? read_text_file(path, documents::JsonLimits{}.bytes) : documents::read_document(path);
    if (!text) return tl::unexpected(text.error());
    return documents::read_snapshot(*text, path);
  }

  Result<int> diagnose(const Invocation& invocation) {
    const auto rules = load_rules(policy_folders_);
    if (!rules) return tl::unexpected(rules.error());
    const auto accepted = read_accepted(report_.accept_path);
    if (!accepted) return tl::unexpected(accepted.error());
    ReportInput input{.invocation = invocation, .host = {}, .all = false, .idle = {}, .targets = {}};
    for (const std::string& path : paths_) {
      auto snapshot = read(path);
      if (!snapshot) {
        input.targets.push_back({path, tl::unexpected(snapshot.error())});
        continue;
      }
      input.host = snapshot->host;
      Judged judged = judge(*snapshot, *rules);
      input.targets.push_back({path, JudgedSnapshot{std::move(*snapshot), std::move(judged)}});
    }
    return write_report(input, report_, *accepted);
  }

  std::vector<std::string> paths_;
  ReportOptions report_;
  std::vector<std::string> policy_folders_;
};

}  // namespace

std::unique_ptr<Verb> make_diagnose_verb() { return std::make_unique<DiagnoseVerb>(); }

}  // namespace faultline
