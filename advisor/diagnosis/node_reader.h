// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "advisor/diagnosis/yaml_gate.h"
#include "advisor/facts/catalogue.h"
#include "advisor/model/error.h"
#include "advisor/model/fact.h"

namespace faultline::diagnosis {

/// Typed access to the YAML tree of one file. Every failure is noted with its place and the reading goes on, so that
/// one run shows all that is wrong.
class NodeReader {
 public:
  NodeReader(std::string file, std::vector<Error>& errors) : file_(std::move(file)), errors_(errors) {}

  void note(Mark mark, std::string why, std::string hint = {});
  /// Notes every key of a mapping that is not in `known`; false when the node is no mapping.
  bool only_keys(const YamlNode& node, std::string_view what, const std::vector<std::string_view>& known);
  /// A non-empty text of one key; notes when it is missing and `required`.
  std::string text(const YamlNode& mapping, std::string_view key, bool required);
  /// The items of a sequence under a key; none when the key is absent.
  std::vector<const YamlNode*> items(const YamlNode& mapping, std::string_view key);
  std::vector<std::string> texts(const YamlNode& mapping, std::string_view key);
  std::optional<double> number(const YamlNode& node);
  /// A value of a fact, by the catalogue's kind.
  std::optional<FactValue> value(const YamlNode& node, const facts::Spec& spec);
  /// The catalogue's row for a name at a place; notes and returns nullptr when there is none.
  const facts::Spec* fact(const YamlNode& name);
  /// Checks the {fact.name} parts of a text.
  void check_interpolation(std::string_view text, Mark mark);
  [[nodiscard]] std::string at(Mark mark) const { return place(file_, mark); }

 private:
  std::string file_;
  std::vector<Error>& errors_;
};

/// Names of all facts, for suggestions.
std::vector<std::string_view> fact_names();

}  // namespace faultline::diagnosis
