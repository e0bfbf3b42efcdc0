// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/node_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

#include "advisor/diagnosis/suggest.h"

namespace faultline::diagnosis {
namespace {

constexpr std::size_t most_errors = 50;

std::string_view kind_name(facts::Kind kind) {
  switch (kind) {
    case facts::Kind::number: return "a number";
    case facts::Kind::flag: return "true or false";
    case facts::Kind::text: return "a text";
  }
  return "a text";
}

}  // namespace

void NodeReader::note(Mark mark, std::string why, std::string hint) {
  if (errors_.size() >= most_errors) return;
  errors_.push_back(Error{ErrorKind::input, "the policy is not valid", at(mark), std::move(why), std::move(hint)});
}

bool NodeReader::only_keys(const YamlNode& node, std::string_view what, const std::vector<std::string_view>& known) {
  if (node.kind != YamlNode::Kind::mapping) {
    note(node.mark, fmt::format("{} must be a mapping (key: value)", what));
    return false;
  }
  for (const auto& [key, value] : node.members) {
    if (std::find(known.begin(), known.end(), key.text) == known.end()) {
      note(key.mark, fmt::format("{} has no key '{}'", what, key.text), did_you_mean(key.text, known));
    }
  }
  return true;
}

std::string NodeReader::text(const YamlNode& mapping, std::string_view key, bool required) {
  const YamlNode* node = mapping.find(key);
  if (node == nullptr) {
    if (required) note(mapping.mark, fmt::format("the key '{}' is missing", key));
    return {};
  }
  if (node->kind != YamlNode::Kind::scalar || node->text.empty()) {
    note(node->mark, fmt::format("'{}' must be a text", key));
    return {};
  }
  return node->text;
}

std::vector<const YamlNode*> NodeReader::items(const YamlNode& mapping, std::string_view key) {
  const YamlNode* node = mapping.find(key);
  std::vector<const YamlNode*> result;
  if (node == nullptr) return result;
  if (node->kind != YamlNode::Kind::sequence) {
    note(node->mark, fmt::format("'{}' must be a list", key));
    return result;
  }
  for (const auto& item : node->items) result.push_back(&item);
  return result;
}

std::vector<std::string> NodeReader::texts(const YamlNode& mapping, std::string_view key) {
  std::vector<std::string> result;
  for (const YamlNode* item : items(mapping, key)) {
    if (item->kind != YamlNode::Kind::scalar || item->text.empty()) {
      note(item->mark, fmt::format("'{}' must be a list of texts", key));
    } else {
      result.push_back(item->text);
    }
  }
  return result;
}

std::optional<double> NodeReader::number(const YamlNode& node) {
  double result = 0;
  const char* const end = node.text.data() + node.text.size();
  const auto [read, code] = std::from_chars(node.text.data(), end, result);
  if (node.kind != YamlNode::Kind::scalar || node.quoted || code != std::errc() || read != end ||
      !std::isfinite(result)) {
    note(node.mark, "a number is expected");
    return std::nullopt;
  }
  return result;
}

std::optional<FactValue> NodeReader::value(const YamlNode& node, const facts::Spec& spec) {
  if (spec.kind == facts::Kind::number) {
    const auto result = number(node);
    return result ? std::optional<FactValue>(*result) : std::nullopt;
  }
  if (node.kind == YamlNode::Kind::scalar) {
    if (spec.kind == facts::Kind::text) return FactValue(node.text);
    if (!node.quoted && (node.text == "true" || node.text == "false")) return FactValue(node.text == "true");
  }
  note(node.mark, fmt::format("{} takes {}", spec.name, kind_name(spec.kind)));
  return std::nullopt;
}

const facts::Spec* NodeReader::fact(const YamlNode& name) {
  const facts::Spec* spec = name.kind == YamlNode::Kind::scalar ? facts::find(name.text) : nullptr;
  if (spec == nullptr) {
    note(name.mark, fmt::format("there is no fact '{}'", name.text), did_you_mean(name.text, fact_names()));
  }
  return spec;
}

void NodeReader::check_interpolation(std::string_view text, Mark mark) {
  while (true) {
    const std::size_t open = text.find('{');
    if (open == std::string_view::npos) return;
    const std::size_t close = text.find('}', open);
    if (close == std::string_view::npos) {
      note(mark, "'{' without '}'");
      return;
    }
    const std::string_view name = text.substr(open + 1, close - open - 1);
    if (facts::find(name) == nullptr) {
      note(mark, fmt::format("there is no fact '{}' to show", name), did_you_mean(name, fact_names()));
    }
    text.remove_prefix(close + 1);
  }
}

std::vector<std::string_view> fact_names() {
  std::vector<std::string_view> names;
  for (const auto& row : facts::catalogue()) names.push_back(row.name);
  return names;
}

}  // namespace faultline::diagnosis
