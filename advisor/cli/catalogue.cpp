// SPDX-License-Identifier: Apache-2.0
// catalogue: the tables that everything else reads: facts, rules, fixes, causes.
#include "advisor/facts/catalogue.h"

#include <fmt/format.h>

#include "advisor/cli/support/exit_code.h"
#include "advisor/cli/support/pipeline.h"
#include "advisor/cli/support/verb.h"
#include "advisor/diagnosis/causes.h"
#include "advisor/fixes/support/fix.h"

namespace faultline {
namespace {

using namespace cli;

std::string facts_table() {
  std::string text;
  for (const auto& spec : facts::catalogue()) {
    text += fmt::format("{:<36} {:<7} {:<11} {}\n", spec.name, spec.unit.empty() ? "-" : spec.unit, spec.rung,
                        spec.meaning);
  }
  return text;
}

std::string causes_table() {
  std::string text;
  for (const auto& cause : diagnosis::causes()) text += fmt::format("{:<22} {}\n", cause.id, cause.pays);
  return text;
}

std::string fixes_table() {
  std::string text;
  for (const auto& fix : all_fixes()) text += fmt::format("{:<18} {}\n", fix->id(), fix->summary());
  return text;
}

Result<std::string> rules_table(const std::vector<std::string>& folders) {
  const auto rules = load_rules(folders);
  if (!rules) return tl::unexpected(rules.error());
  std::string text;
  for (const auto& rule : *rules) text += fmt::format("{:<22} {:<16} {}\n", rule.id, rule.cause, rule.title);
  return text;
}

class CatalogueVerb : public Verb {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("catalogue", "list the facts, rules, fixes or causes");
    verb->footer("Example: faultline catalogue facts");
    verb->add_option("TABLE", table_, "facts, rules, fixes or causes")
        ->required()
        ->check(CLI::IsMember({"facts", "rules", "fixes", "causes"}));
    verb->add_option("--policies", policy_folders_, "a folder of your own rules, besides the built-in ones");
    return verb;
  }

  int run(const Invocation& /*invocation*/) override {
    const auto text = table();
    const auto written = text ? write_data(*text, "") : Result<void>(tl::unexpect, text.error());
    if (written) return done;
    print_error(written.error());
    return exit_code_of(written.error().kind);
  }

 private:
  Result<std::string> table() const {
    if (table_ == "facts") return facts_table();
    if (table_ == "causes") return causes_table();
    if (table_ == "fixes") return fixes_table();
    return rules_table(policy_folders_);
  }

  std::string table_;
  std::vector<std::string> policy_folders_;
};

}  // namespace

std::unique_ptr<Verb> make_catalogue_verb() { return std::make_unique<CatalogueVerb>(); }

}  // namespace faultline
