// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "advisor/model/fact.h"

namespace faultline::diagnosis {

enum class Comparison { at_least, above, below, at_most, is };

/// One fact against one value. Numbers take every comparison, flags and texts only `is`.
struct Leaf {
  std::string fact;
  Comparison comparison = Comparison::at_least;
  FactValue value;
};

struct Condition {
  enum class Kind { all, any, negation, leaf };
  Kind kind = Kind::all;  ///< `all` of no parts is true
  Leaf leaf;
  std::vector<Condition> parts;
};

/// Kleene's three values: and is the least, or the greatest, not turns around and leaves unknown alone.
enum class Truth { no, unknown, yes };

struct LeafResult {
  Leaf leaf;
  Truth truth = Truth::unknown;  ///< of the leaf, or of its opposite when negated
  std::optional<FactValue> value;
  Quality quality = Quality::unknown;
  std::string source;
  bool negated = false;  ///< stands under an odd number of `not`s
};

/// A truth with the leaves that decided it: of an `all` that is false only the false parts, and so on.
struct Evaluation {
  Truth truth = Truth::unknown;
  std::vector<LeafResult> deciding;
  std::vector<std::string> missing;  ///< facts that would decide; empty unless unknown
};

Evaluation evaluate(const Condition& condition, const FactSet& facts);
Truth compare(const Leaf& leaf, const FactSet& facts);

/// "> 0.5", "is true"; for evidence. Negated: "<= 0.5", "is not true".
std::string limit_text(const Leaf& leaf, bool negated = false);
std::string_view to_string(Comparison comparison);

}  // namespace faultline::diagnosis
