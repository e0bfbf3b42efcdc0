// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "advisor/model/result.h"

namespace faultline::diagnosis {

/// Where something stands in its file, counted from 1.
struct Mark {
  int line = 1;
  int column = 1;
};

struct YamlMember;

/// YAML reduced to what a policy may hold: scalars, sequences and mappings with scalar keys. A tree: no anchors, so
/// nothing is shared and nothing is cyclic.
struct YamlNode {
  enum class Kind { null, scalar, sequence, mapping };
  Kind kind = Kind::null;
  Mark mark;
  std::string text;     ///< of a scalar
  bool quoted = false;  ///< a quoted scalar is a text even when it looks like a number
  std::vector<YamlNode> items;
  std::vector<YamlMember> members;

  [[nodiscard]] const YamlNode* find(std::string_view key) const;
};

/// One entry of a mapping. Its own type, since a std::pair of a type that is not complete yet is no member of it.
struct YamlMember {
  YamlNode key;
  YamlNode value;
};

struct YamlLimits {
  std::size_t bytes = 1U << 20U;
  int depth = 32;
  std::size_t nodes = 100000;
};

/// Reads one document over the parser's events. Refuses anchors, aliases, tags, merge keys, duplicate keys, keys that
/// are not scalars, control characters, a second document and anything beyond the limits, with FILE:LINE:COLUMN in
/// Error::where. Errors: input.
Result<YamlNode> read_yaml(std::string_view text, const std::string& file, const YamlLimits& limits = {});

/// "FILE:LINE:COLUMN"
std::string place(const std::string& file, Mark mark);

}  // namespace faultline::diagnosis
