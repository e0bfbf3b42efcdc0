// SPDX-License-Identifier: Apache-2.0
// policy lint, policy test: rules are checked and their own cases run before anybody relies on them.
#include <fmt/format.h>

#include "advisor/cli/support/exit_code.h"
#include "advisor/cli/support/pipeline.h"
#include "advisor/cli/support/verb.h"
#include "advisor/diagnosis/policy_test.h"
#include "advisor/diagnosis/rule_loader.h"

namespace faultline {
namespace {

using namespace cli;

class PolicyVerb : public Verb {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("policy", "check rules and run their own cases");
    verb->require_subcommand(1);
    verb->footer("Example: faultline policy test ./policies");
    lint_ = verb->add_subcommand("lint", "is every rule well formed, are its facts, fixes and causes known?");
    test_ = verb->add_subcommand("test", "lint, and run the cases inside the rules");
    for (CLI::App* step : {lint_, test_}) {
      step->add_option("DIR", folders_, "folders of rules; without one the built-in rules");
    }
    return verb;
  }

  int run(const Invocation& invocation) override {
    std::vector<std::filesystem::path> folders(folders_.begin(), folders_.end());
    if (folders.empty()) {
      const auto own = built_in_policies();
      if (!own) {
        print_error(own.error());
        return exit_code_of(own.error().kind);
      }
      folders.push_back(*own);
    }
    const auto policies = diagnosis::read_policies(folders, diagnosis::known_fix_ids());
    for (const Error& wrong : policies.errors) print_error(wrong);
    if (!policies.errors.empty()) return cli::error;
    if (policies.rules.empty()) {
      print_error({ErrorKind::not_found, "no rule found", folders.front().string(), "no *.yaml in it", ""});
      return cli::error;
    }
    return test_->parsed() ? test(policies.rules) : lint(policies.rules, invocation);
  }

 private:
  static int lint(const std::vector<diagnosis::Rule>& rules, const Invocation& invocation) {
    print_message(invocation.console, fmt::format("{} rule{} well formed", rules.size(), rules.size() == 1 ? "" : "s"));
    return done;
  }

  static int test(const std::vector<diagnosis::Rule>& rules) {
    std::size_t cases = 0;
    for (const auto& rule : rules) cases += rule.cases.size();
    const auto failures = diagnosis::test_policies(rules);
    std::string text;
    for (const auto& failure : failures) {
      text += fmt::format("{}: rule {}, case '{}': expected {}, got {}\n", failure.where, failure.rule,
                          failure.case_name, failure.expected, failure.got);
    }
    text += fmt::format("{} rules, {} cases, {} failed\n", rules.size(), cases, failures.size());
    if (auto written = write_data(text, ""); !written) {
      print_error(written.error());
      return cli::error;
    }
    return failures.empty() ? done : cli::error;
  }

  CLI::App* lint_ = nullptr;
  CLI::App* test_ = nullptr;
  std::vector<std::string> folders_;
};

}  // namespace

std::unique_ptr<Verb> make_policy_verb() { return std::make_unique<PolicyVerb>(); }

}  // namespace faultline
