// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/rule_reader.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fmt/format.h>

#include "advisor/diagnosis/case_reader.h"
#include "advisor/diagnosis/causes.h"
#include "advisor/diagnosis/node_reader.h"
#include "advisor/diagnosis/suggest.h"

namespace faultline::diagnosis {
namespace {

constexpr auto comparisons = std::to_array<Comparison>(
    {Comparison::at_least, Comparison::above, Comparison::below, Comparison::at_most, Comparison::is});

/// Reads the parts of one rule; everything wrong is noted in the NodeReader.
class RuleReader {
 public:
  RuleReader(NodeReader& nodes, const std::vector<std::string>& known_fixes)
      : nodes_(nodes), known_fixes_(known_fixes) {}

  Rule read(const YamlNode& root, const std::string& file) {
    Rule rule;
    rule.where = file;
    if (!nodes_.only_keys(root, "a rule",
                          {"id", "cause", "title", "enough", "when", "unless", "after", "cost", "confidence",
                           "evidence", "moves", "fixes", "sources", "cases"})) {
      return rule;
    }
    read_names(root, file, rule);
    read_conditions(root, rule);
    read_texts(root, rule);
    for (const YamlNode* item : nodes_.items(root, "fixes")) read_fix(*item, rule);
    rule.sources = nodes_.texts(root, "sources");
    if (rule.sources.empty()) nodes_.note(root.mark, "a rule names at least one source");
    rule.cases = read_cases(nodes_, root, rule);
    return rule;
  }

 private:
  static Mark mark_of(const YamlNode& mapping, std::string_view key) {
    const YamlNode* node = mapping.find(key);
    return node == nullptr ? mapping.mark : node->mark;
  }

  std::string interpolated(const YamlNode& mapping, std::string_view key, bool required) {
    std::string text = nodes_.text(mapping, key, required);
    nodes_.check_interpolation(text, mark_of(mapping, key));
    return text;
  }

  void check_cause(const std::string& cause, Mark mark) {
    if (cause.empty() || order_of(cause)) return;
    std::vector<std::string_view> names;
    for (const auto& row : causes()) names.push_back(row.id);
    nodes_.note(mark, fmt::format("there is no cause '{}'", cause), did_you_mean(cause, names));
  }

  void read_names(const YamlNode& root, const std::string& file, Rule& rule) {
    rule.id = nodes_.text(root, "id", true);
    const std::string stem = std::filesystem::path(file).stem().string();
    if (!rule.id.empty() && rule.id != stem) {
      nodes_.note(mark_of(root, "id"), fmt::format("the id is '{}' and the file is named '{}'", rule.id, stem),
                  "one rule one file, and the file is named as the rule");
    }
    rule.cause = nodes_.text(root, "cause", true);
    check_cause(rule.cause, mark_of(root, "cause"));
    rule.after = nodes_.texts(root, "after");
    for (const auto& earlier : rule.after) {
      check_cause(earlier, mark_of(root, "after"));
      const auto place = order_of(earlier);
      const auto own = order_of(rule.cause);
      if (place && own && *place >= *own) {
        nodes_.note(mark_of(root, "after"), fmt::format("'{}' is not judged before '{}'", earlier, rule.cause),
                    "a rule waits only for causes that come earlier in the order of judgement");
      }
    }
  }

  void read_conditions(const YamlNode& root, Rule& rule) {
    for (const YamlNode* item : nodes_.items(root, "enough")) read_requirement(*item, rule);
    if (const YamlNode* when = root.find("when"); when != nullptr) {
      rule.when = condition(*when);
    } else {
      nodes_.note(root.mark, "the key 'when' is missing");
    }
    if (const YamlNode* unless = root.find("unless"); unless != nullptr) rule.unless = condition(*unless);
    if (const YamlNode* cost = root.find("cost"); cost != nullptr) {
      rule.cost = expression(*cost);
      if (const std::string unit = unit_of(rule.cost); !rule.cost.text.empty() && unit != "share") {
        nodes_.note(cost->mark,
                    fmt::format("the cost must be a share of time, and this is {}", unit.empty() ? "a number" : unit),
                    unit == share_of_samples ? "of_time(FACT) turns a share of samples into time" : "");
      }
    } else {
      nodes_.note(root.mark, "the key 'cost' is missing");
    }
  }

  Expression expression(const YamlNode& node) {
    if (node.kind != YamlNode::Kind::scalar) {
      nodes_.note(node.mark, "a number, a fact or an expression is expected");
      return {};
    }
    auto parsed = parse_expression(node.text);
    if (parsed) return std::move(*parsed);
    nodes_.note(node.mark, fmt::format("{} ({})", parsed.error().why, parsed.error().where), parsed.error().hint);
    return {};
  }

  Condition condition(const YamlNode& node) {
    Condition result;
    if (node.kind != YamlNode::Kind::mapping || node.members.empty()) {
      nodes_.note(node.mark, "a condition is all:, any:, not: or fact: with a comparison");
      return result;
    }
    const auto& [key, value] = node.members.front();
    if (node.members.size() == 1 && (key.text == "all" || key.text == "any")) {
      result.kind = key.text == "all" ? Condition::Kind::all : Condition::Kind::any;
      for (const YamlNode* part : nodes_.items(node, key.text)) result.parts.push_back(condition(*part));
      if (result.parts.empty()) nodes_.note(value.mark, fmt::format("'{}' needs at least one part", key.text));
    } else if (node.members.size() == 1 && key.text == "not") {
      result.kind = Condition::Kind::negation;
      result.parts.push_back(condition(value));
    } else {
      result.kind = Condition::Kind::leaf;
      result.leaf = leaf(node, {});
    }
    return result;
  }

  /// `extra`: keys beside fact and the comparison that the caller reads itself.
  Leaf leaf(const YamlNode& node, const std::vector<std::string_view>& extra) {
    Leaf result;
    std::vector<std::string_view> keys = {"fact"};
    for (const auto comparison : comparisons) keys.push_back(to_string(comparison));
    keys.insert(keys.end(), extra.begin(), extra.end());
    if (!nodes_.only_keys(node, "a comparison", keys)) return result;
    const YamlNode* name = node.find("fact");
    if (name == nullptr) {
      nodes_.note(node.mark, "the key 'fact' is missing");
      return result;
    }
    const facts::Spec* spec = nodes_.fact(*name);
    if (spec == nullptr) return result;
    result.fact = spec->name;
    int found = 0;
    for (const auto comparison : comparisons) {
      const YamlNode* limit = node.find(to_string(comparison));
      if (limit == nullptr) continue;
      ++found;
      result.comparison = comparison;
      if (comparison != Comparison::is && spec->kind != facts::Kind::number) {
        nodes_.note(limit->mark, fmt::format("{} is not a number: only 'is' compares it", spec->name));
      } else if (auto value = nodes_.value(*limit, *spec)) {
        result.value = std::move(*value);
      }
    }
    if (found != 1) nodes_.note(node.mark, "a comparison has one of at_least, above, below, at_most, is");
    return result;
  }

  void read_requirement(const YamlNode& node, Rule& rule) {
    Requirement requirement;
    requirement.leaf = leaf(node, {"of", "unlock"});
    if (node.kind != YamlNode::Kind::mapping) return;
    requirement.noun = nodes_.text(node, "of", true);
    requirement.unlock = nodes_.text(node, "unlock", true);
    if (requirement.leaf.comparison != Comparison::at_least) nodes_.note(node.mark, "'enough' compares with at_least");
    if (std::holds_alternative<double>(requirement.leaf.value)) rule.enough.push_back(std::move(requirement));
  }

  void read_texts(const YamlNode& root, Rule& rule) {
    rule.title = interpolated(root, "title", true);
    for (const YamlNode* item : nodes_.items(root, "confidence")) {
      if (!nodes_.only_keys(*item, "a confidence note", {"when", "text"})) continue;
      const YamlNode* when = item->find("when");
      if (when == nullptr) {
        nodes_.note(item->mark, "the key 'when' is missing");
        continue;
      }
      rule.confidence.push_back({condition(*when), interpolated(*item, "text", true)});
    }
    for (const YamlNode* item : nodes_.items(root, "evidence")) read_shown(*item, rule);
    const YamlNode* moves = root.find("moves");
    if (moves == nullptr) {
      nodes_.note(root.mark, "the key 'moves' is missing", "every fix is a relocation: from, to and price");
    } else if (nodes_.only_keys(*moves, "moves", {"from", "to", "price"})) {
      rule.moves = {interpolated(*moves, "from", true), interpolated(*moves, "to", true),
                    interpolated(*moves, "price", true)};
    }
  }

  void read_shown(const YamlNode& node, Rule& rule) {
    if (node.kind == YamlNode::Kind::scalar) {
      if (const auto* spec = nodes_.fact(node); spec != nullptr) rule.evidence.push_back({std::string(spec->name), {}});
      return;
    }
    if (!nodes_.only_keys(node, "evidence", {"fact", "limit"})) return;
    const YamlNode* name = node.find("fact");
    if (name == nullptr) {
      nodes_.note(node.mark, "the key 'fact' is missing");
    } else if (const auto* spec = nodes_.fact(*name); spec != nullptr) {
      rule.evidence.push_back({std::string(spec->name), nodes_.text(node, "limit", true)});
    }
  }

  void read_fix(const YamlNode& node, Rule& rule) {
    if (!nodes_.only_keys(node, "a fix", {"fix", "with"})) return;
    RuleFix fix;
    fix.fix = nodes_.text(node, "fix", true);
    if (!fix.fix.empty() && std::find(known_fixes_.begin(), known_fixes_.end(), fix.fix) == known_fixes_.end()) {
      nodes_.note(mark_of(node, "fix"), fmt::format("there is no fix '{}'", fix.fix),
                  did_you_mean(fix.fix, {known_fixes_.begin(), known_fixes_.end()}));
    }
    if (const YamlNode* with = node.find("with"); with != nullptr && with->kind == YamlNode::Kind::mapping) {
      for (const auto& [key, value] : with->members) fix.with.emplace(key.text, expression(value));
    } else if (with != nullptr) {
      nodes_.note(with->mark, "'with' must be a mapping (parameter: expression)");
    }
    rule.fixes.push_back(std::move(fix));
  }

  NodeReader& nodes_;
  const std::vector<std::string>& known_fixes_;
};

}  // namespace

RuleReading read_rule(std::string_view text, const std::string& file, const std::vector<std::string>& known_fixes) {
  RuleReading reading;
  auto root = read_yaml(text, file);
  if (!root) {
    reading.errors.push_back(std::move(root.error()));
    return reading;
  }
  NodeReader nodes(file, reading.errors);
  reading.rule = RuleReader(nodes, known_fixes).read(*root, file);
  return reading;
}

}  // namespace faultline::diagnosis
