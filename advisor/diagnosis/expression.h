// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "advisor/model/fact.h"
#include "advisor/model/result.h"

namespace faultline::diagnosis {

/// Arithmetic over facts, as policies write it: numbers, fact names, + - * /, parentheses, min(a, b), max(a, b),
/// ceil(a), and of_time(profile fact), which turns a share of on-CPU samples into a share of time.
struct Expression {
  enum class Op { number, fact, add, subtract, multiply, divide, minimum, maximum, ceiling, of_time };
  Op op = Op::number;
  double number = 0;
  std::string fact;
  std::vector<Expression> operands;
  std::string text;  ///< as written; of the whole expression only
};

/// A value with what it rests on. No value when a fact is unknown or a division is by zero.
struct Evaluated {
  std::optional<double> value;
  std::vector<std::string> missing;  ///< facts that are unknown
};

/// The unit of a result: a catalogue unit, "" for a plain number, or share_of_samples.
inline constexpr std::string_view share_of_samples = "share of samples";

/// Parses and checks fact names and units (no sum of bytes and seconds). Errors: input, `why` says what and where in
/// the text, `hint` has the near miss. The caller adds the file and line.
Result<Expression> parse_expression(std::string_view text);
/// Empty where units do not agree is impossible: parse_expression checked it.
std::string unit_of(const Expression& expression);
Evaluated evaluate(const Expression& expression, const FactSet& facts);
/// Names of all facts in it, each once, of_time's base too.
std::vector<std::string> facts_of(const Expression& expression);

/// A share of on-CPU samples as a share of time: times cpu.time.seconds over time.base.seconds.
Evaluated time_share_of_samples(const FactSet& facts, std::string_view sample_share_fact);

}  // namespace faultline::diagnosis
