// SPDX-License-Identifier: Apache-2.0
// explain: what one fact, rule, cause or fix means: limits, price, sources.
#include <fmt/format.h>

#include "advisor/cli/support/exit_code.h"
#include "advisor/cli/support/pipeline.h"
#include "advisor/cli/support/verb.h"
#include "advisor/diagnosis/causes.h"
#include "advisor/diagnosis/condition.h"
#include "advisor/diagnosis/suggest.h"
#include "advisor/facts/catalogue.h"
#include "advisor/fixes/support/fix.h"

namespace faultline {
namespace {

using namespace cli;

std::string explain_fact(const facts::Spec& spec) {
  return fmt::format("fact {}\n  {}\n  unit    {}\n  rung    {}\n  source  {}\n", spec.name, spec.meaning,
                     spec.unit.empty() ? "-" : spec.unit, spec.rung, spec.source);
}

std::string explain_rule(const diagnosis::Rule& rule) {
  std::string text = fmt::format("rule {} ({})\n  {}\n  cause   {}\n", rule.id, rule.where, rule.title, rule.cause);
  for (const auto& one : rule.enough) {
    text += fmt::format("  needs   {} {}\n", one.leaf.fact, diagnosis::limit_text(one.leaf));
  }
  for (const auto& cause : rule.after) text += fmt::format("  after   {}\n", cause);
  text += fmt::format("  moves   {} -> {}\n  price   {}\n", rule.moves.from, rule.moves.to, rule.moves.price);
  for (const auto& fix : rule.fixes) text += fmt::format("  fix     {}\n", fix.fix);
  for (const auto& source : rule.sources) text += fmt::format("  source  {}\n", source);
  return text;
}

class ExplainVerb : public Verb {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("explain", "what a fact, rule, cause or fix means");
    verb->footer("Example: faultline explain keep-heap");
    verb->add_option("ID", id_, "the name of a fact, rule, cause or fix")->required();
    verb->add_option("--policies", policy_folders_, "a folder of your own rules, besides the built-in ones");
    return verb;
  }

  int run(const Invocation& /*invocation*/) override {
    const auto text = explain();
    const auto written = text ? write_data(*text, "") : Result<void>(tl::unexpect, text.error());
    if (written) return done;
    print_error(written.error());
    return exit_code_of(written.error().kind);
  }

 private:
  Result<std::string> explain() const {
    std::string text;
    std::vector<std::string_view> names;
    if (const auto* spec = facts::find(id_)) text += explain_fact(*spec);
    for (const auto& spec : facts::catalogue()) names.emplace_back(spec.name);
    for (const auto& cause : diagnosis::causes()) {
      names.emplace_back(cause.id);
      if (cause.id == id_) text += fmt::format("cause {}\n  pays    {}\n", cause.id, cause.pays);
    }
    const auto fixes = all_fixes();
    for (const auto& fix : fixes) {
      names.emplace_back(fix->id());
      if (fix->id() == id_) text += fmt::format("fix {}\n  {}\n{}\n", fix->id(), fix->summary(), fix->description());
    }
    const auto rules = load_rules(policy_folders_);
    if (!rules) return tl::unexpected(rules.error());
    for (const auto& rule : *rules) {
      names.emplace_back(rule.id);
      if (rule.id == id_) text += explain_rule(rule);
    }
    if (!text.empty()) return text;
    return fail(ErrorKind::usage, "nothing is called", id_, "no fact, rule, cause or fix has that name",
                diagnosis::did_you_mean(id_, names));
  }

  std::string id_;
  std::vector<std::string> policy_folders_;
};

}  // namespace

std::unique_ptr<Verb> make_explain_verb() { return std::make_unique<ExplainVerb>(); }

}  // namespace faultline
