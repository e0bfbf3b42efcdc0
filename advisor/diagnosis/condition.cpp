// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/condition.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace faultline::diagnosis {
namespace {

Truth of(bool value) { return value ? Truth::yes : Truth::no; }

Truth opposite(Truth truth) {
  if (truth == Truth::unknown) return truth;
  return truth == Truth::yes ? Truth::no : Truth::yes;
}

bool holds(double number, Comparison comparison, double limit) {
  switch (comparison) {
    case Comparison::at_least: return number >= limit;
    case Comparison::above: return number > limit;
    case Comparison::below: return number < limit;
    case Comparison::at_most: return number <= limit;
    case Comparison::is: return number == limit;
  }
  return false;
}

LeafResult judge(const Leaf& leaf, const FactSet& facts) {
  LeafResult result{leaf, compare(leaf, facts), std::nullopt, Quality::unknown, {}, false};
  if (const Fact* fact = facts.find(leaf.fact); fact != nullptr && fact->known()) {
    result.value = fact->value;
    result.quality = fact->quality;
    result.source = fact->source;
  }
  return result;
}

void take(Evaluation& into, const Evaluation& part) {
  into.deciding.insert(into.deciding.end(), part.deciding.begin(), part.deciding.end());
  for (const auto& name : part.missing) {
    if (std::find(into.missing.begin(), into.missing.end(), name) == into.missing.end()) into.missing.push_back(name);
  }
}

Evaluation evaluate_under(const Condition& condition, const FactSet& facts, bool negated);

/// `all` is decided by its least part, `any` by its greatest; only the parts with that truth are kept.
Evaluation evaluate_parts(const Condition& condition, const FactSet& facts, bool negated) {
  const bool least = (condition.kind == Condition::Kind::all);
  std::vector<Evaluation> parts;
  parts.reserve(condition.parts.size());
  Truth truth = least ? Truth::yes : Truth::no;
  for (const auto& part : condition.parts) {
    parts.push_back(evaluate_under(part, facts, negated));
    const Truth plain = negated ? opposite(parts.back().truth) : parts.back().truth;
    truth = least ? std::min(truth, plain) : std::max(truth, plain);
  }
  Evaluation result;
  result.truth = negated ? opposite(truth) : truth;
  for (const auto& part : parts) {
    if (part.truth == result.truth) take(result, part);
  }
  return result;
}

/// Under `negated` the result is the truth of "not condition", and leaves are shown turned round.
Evaluation evaluate_under(const Condition& condition, const FactSet& facts, bool negated) {
  if (condition.kind == Condition::Kind::negation) return evaluate_under(condition.parts.front(), facts, !negated);
  if (condition.kind != Condition::Kind::leaf) return evaluate_parts(condition, facts, negated);
  LeafResult leaf = judge(condition.leaf, facts);
  leaf.negated = negated;
  if (negated) leaf.truth = opposite(leaf.truth);
  Evaluation result;
  result.truth = leaf.truth;
  if (leaf.truth == Truth::unknown) result.missing.push_back(leaf.leaf.fact);
  result.deciding.push_back(std::move(leaf));
  return result;
}

std::string value_text(const FactValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  return std::get<std::string>(value);
}

}  // namespace

Truth compare(const Leaf& leaf, const FactSet& facts) {
  const Fact* fact = facts.find(leaf.fact);
  if (fact == nullptr || !fact->known() || fact->value->index() != leaf.value.index()) return Truth::unknown;
  if (const auto* number = std::get_if<double>(&*fact->value)) {
    if (!std::isfinite(*number)) return Truth::unknown;
    return of(holds(*number, leaf.comparison, std::get<double>(leaf.value)));
  }
  return of(*fact->value == leaf.value);
}

Evaluation evaluate(const Condition& condition, const FactSet& facts) {
  return evaluate_under(condition, facts, false);
}

std::string_view to_string(Comparison comparison) {
  switch (comparison) {
    case Comparison::at_least: return "at_least";
    case Comparison::above: return "above";
    case Comparison::below: return "below";
    case Comparison::at_most: return "at_most";
    case Comparison::is: return "is";
  }
  return "is";
}

std::string limit_text(const Leaf& leaf, bool negated) {
  const auto sign = [&]() -> std::string_view {
    switch (leaf.comparison) {
      case Comparison::at_least: return negated ? "<" : ">=";
      case Comparison::above: return negated ? "<=" : ">";
      case Comparison::below: return negated ? ">=" : "<";
      case Comparison::at_most: return negated ? ">" : "<=";
      case Comparison::is: return negated ? "is not" : "is";
    }
    return "is";
  }();
  return fmt::format("{} {}", sign, value_text(leaf.value));
}

}  // namespace faultline::diagnosis
