// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/case_reader.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

#include "advisor/diagnosis/suggest.h"

namespace faultline::diagnosis {
namespace {

constexpr auto expectations = std::to_array<std::pair<std::string_view, Expectation>>({
    {"fires", Expectation::fires},
    {"holds", Expectation::holds},
    {"undecided", Expectation::undecided},
    {"too_little_evidence", Expectation::too_little_evidence},
});
constexpr auto severities = std::to_array<Severity>({Severity::info, Severity::low, Severity::medium, Severity::high});

const Case* find_case(const std::vector<Case>& cases, std::string_view name) {
  const auto it = std::find_if(cases.begin(), cases.end(), [&](const Case& one) { return one.name == name; });
  return it == cases.end() ? nullptr : &*it;
}

void read_facts(NodeReader& nodes, const YamlNode& node, Case& one) {
  if (node.kind != YamlNode::Kind::mapping) {
    nodes.note(node.mark, "'facts' must be a mapping (fact: value)");
    return;
  }
  for (const auto& [name, value] : node.members) {
    const facts::Spec* spec = nodes.fact(name);
    if (spec == nullptr) continue;
    if (value.kind == YamlNode::Kind::null) {
      one.facts.insert_or_assign(name.text, std::nullopt);
    } else if (auto read = nodes.value(value, *spec)) {
      one.facts.insert_or_assign(name.text, std::move(*read));
    }
  }
}

void read_expectation(NodeReader& nodes, const YamlNode& node, Case& one) {
  const std::string expected = nodes.text(node, "expect", true);
  const auto* const row = std::find_if(expectations.begin(), expectations.end(),
                                       [&](const auto& candidate) { return candidate.first == expected; });
  if (row != expectations.end()) {
    one.expect = row->second;
  } else if (!expected.empty()) {
    std::vector<std::string_view> names(expectations.size());
    std::transform(expectations.begin(), expectations.end(), names.begin(), [](const auto& row) { return row.first; });
    nodes.note(node.find("expect")->mark, fmt::format("'{}' is no expectation", expected),
               did_you_mean(expected, names));
  }
  const std::string severity = nodes.text(node, "severity", false);
  for (const auto candidate : severities) {
    if (to_string(candidate) == severity) one.severity = candidate;
  }
  if (!severity.empty() && !one.severity) {
    nodes.note(node.find("severity")->mark, fmt::format("'{}' is no severity", severity),
               "one of: info, low, medium, high");
  }
}

void read_fixes(NodeReader& nodes, const YamlNode& node, const Rule& rule, Case& one) {
  if (node.kind != YamlNode::Kind::mapping) {
    nodes.note(node.mark, "'fixes' of a case must be a mapping (fix: {parameter: number})");
    return;
  }
  for (const auto& [fix, parameters] : node.members) {
    const auto has_fix = [&, &name = fix.text](const RuleFix& candidate) { return candidate.fix == name; };
    if (std::none_of(rule.fixes.begin(), rule.fixes.end(), has_fix)) {
      nodes.note(fix.mark, fmt::format("this rule has no fix '{}'", fix.text));
    }
    auto& expected = one.fixes[fix.text];
    if (parameters.kind != YamlNode::Kind::mapping) {
      nodes.note(parameters.mark, "parameters must be a mapping (parameter: number)");
      continue;
    }
    for (const auto& [name, value] : parameters.members) {
      if (const auto number = nodes.number(value)) expected[name.text] = *number;
    }
  }
}

}  // namespace

std::vector<Case> read_cases(NodeReader& nodes, const YamlNode& root, const Rule& rule) {
  std::vector<Case> cases;
  for (const YamlNode* node : nodes.items(root, "cases")) {
    if (!nodes.only_keys(*node, "a case", {"name", "like", "facts", "expect", "severity", "fixes"})) continue;
    Case one;
    if (const std::string like = nodes.text(*node, "like", false); !like.empty()) {
      if (const Case* earlier = find_case(cases, like); earlier != nullptr) {
        one.facts = earlier->facts;
      } else {
        nodes.note(node->find("like")->mark, fmt::format("there is no earlier case '{}'", like));
      }
    }
    one.name = nodes.text(*node, "name", true);
    one.where = nodes.at(node->mark);
    if (find_case(cases, one.name) != nullptr) nodes.note(node->mark, fmt::format("two cases named '{}'", one.name));
    if (const YamlNode* facts = node->find("facts"); facts != nullptr) read_facts(nodes, *facts, one);
    read_expectation(nodes, *node, one);
    if (const YamlNode* fixes = node->find("fixes"); fixes != nullptr) read_fixes(nodes, *fixes, rule, one);
    cases.push_back(std::move(one));
  }
  return cases;
}

}  // namespace faultline::diagnosis
