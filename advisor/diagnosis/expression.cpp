// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/expression.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <tuple>
#include <utility>

#include "advisor/diagnosis/suggest.h"
#include "advisor/facts/catalogue.h"

namespace faultline::diagnosis {
namespace {

constexpr std::size_t longest_text = 1024;
constexpr int deepest = 16;
constexpr std::string_view base_seconds = "time.base.seconds";
constexpr std::string_view cpu_seconds = "cpu.time.seconds";

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.'; }

std::string fact_unit(const facts::Spec& spec) {
  const bool of_samples = spec.unit == "share" && spec.rung == "profile";
  return std::string(of_samples ? share_of_samples : spec.unit);
}

/// Plain numbers scale anything; what is counted (CPUs too) is plain.
bool is_plain(std::string_view unit) { return unit.empty() || unit == "count" || unit == "pages" || unit == "cores"; }

/// Sums and extremes need the same unit, a product one factor without, a quotient makes a unit of its own.
bool fit(Expression::Op op, std::string_view a, std::string_view b) {
  if (op == Expression::Op::divide) return true;
  if (op == Expression::Op::multiply) return is_plain(a) || is_plain(b) || a == "share" || b == "share";
  return a == b || (is_plain(a) && is_plain(b));
}

/// Recursive descent over the text; the first error stops it.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Expression> whole() {
    if (text_.size() > longest_text) return error("the expression is longer than 1024 characters");
    auto expression = sum(0);
    if (!expression) return expression;
    skip_blanks();
    if (at_ < text_.size()) return error(fmt::format("unexpected '{}'", text_.substr(at_, 1)));
    expression->text = text_;
    return expression;
  }

 private:
  using Op = Expression::Op;

  tl::unexpected<Error> error(std::string why, std::string hint = {}) const {
    return fail(ErrorKind::input, "the expression cannot be read", fmt::format("character {}", at_ + 1), std::move(why),
                std::move(hint));
  }
  void skip_blanks() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  Result<Expression> combine(Op op, Expression left, Expression right) const {
    Expression both;
    both.op = op;
    const std::string a = unit_of(left);
    const std::string b = unit_of(right);
    if (!fit(op, a, b)) {
      return error(
          fmt::format("units do not agree: {} and {}", a.empty() ? "a number" : a, b.empty() ? "a number" : b),
          a == share_of_samples || b == share_of_samples ? "of_time(FACT) turns a share of samples into time" : "");
    }
    both.operands.push_back(std::move(left));
    both.operands.push_back(std::move(right));
    return both;
  }

  template <class Next>
  Result<Expression> chain(int depth, Next next, std::pair<char, Op> first, std::pair<char, Op> second) {
    Result<Expression> left = (this->*next)(depth);
    while (left) {
      const bool is_first = take(first.first);
      if (!is_first && !take(second.first)) break;
      Result<Expression> right = (this->*next)(depth);
      if (!right) return right;
      left = combine(is_first ? first.second : second.second, std::move(*left), std::move(*right));
    }
    return left;
  }
  Result<Expression> sum(int depth) { return chain(depth, &Parser::product, {'+', Op::add}, {'-', Op::subtract}); }
  Result<Expression> product(int depth) {
    return chain(depth, &Parser::factor, {'*', Op::multiply}, {'/', Op::divide});
  }

  Result<Expression> factor(int depth) {
    if (depth > deepest) return error("nested too deep");
    if (take('(')) {
      auto inner = sum(depth + 1);
      if (inner && !take(')')) return error("')' is missing");
      return inner;
    }
    skip_blanks();
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (word.empty()) return error("a number, a fact or '(' is expected");
    if (word[0] >= '0' && word[0] <= '9') return number(word);
    if (take('(')) return call(word, depth);
    return fact(word);
  }

  Result<Expression> number(std::string_view word) const {
    Expression result;
    const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), result.number);
    if (code != std::errc() || end != word.data() + word.size()) {
      return error(fmt::format("'{}' is not a number", word));
    }
    return result;
  }

  Result<Expression> fact(std::string_view word) const {
    const facts::Spec* spec = facts::find(word);
    if (spec == nullptr) {
      std::vector<std::string_view> names;
      for (const auto& row : facts::catalogue()) names.push_back(row.name);
      return error(fmt::format("there is no fact '{}'", word), did_you_mean(word, names));
    }
    if (spec->kind != facts::Kind::number) return error(fmt::format("{} is not a number", word));
    Expression result;
    result.op = Op::fact;
    result.fact = word;
    return result;
  }

  Result<Expression> call(std::string_view name, int depth) {
    static constexpr auto functions = std::to_array<std::tuple<std::string_view, Op, std::size_t>>(
        {{"min", Op::minimum, 2}, {"max", Op::maximum, 2}, {"ceil", Op::ceiling, 1}, {"of_time", Op::of_time, 1}});
    const auto* const row =
        std::find_if(functions.begin(), functions.end(), [&](const auto& f) { return std::get<0>(f) == name; });
    if (row == functions.end()) {
      return error(fmt::format("there is no function '{}'", name),
                   did_you_mean(name, {"min", "max", "ceil", "of_time"}));
    }
    Expression result;
    result.op = std::get<1>(*row);
    do {
      auto operand = sum(depth + 1);
      if (!operand) return operand;
      result.operands.push_back(std::move(*operand));
    } while (result.operands.size() < std::get<2>(*row) && take(','));
    if (result.operands.size() != std::get<2>(*row) || !take(')')) {
      return error(fmt::format("{} takes {} and then ')'", name, std::get<2>(*row) == 1 ? "one value" : "two values"));
    }
    if (result.op == Op::of_time && unit_of(result.operands[0]) != share_of_samples) {
      return error("of_time takes a share of samples");
    }
    if (result.operands.size() == 2) {
      return combine(result.op, std::move(result.operands[0]), std::move(result.operands[1]));
    }
    return result;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::optional<double> known_number(const FactSet& facts, std::string_view name, std::vector<std::string>& missing) {
  const auto number = facts.number(name);
  if (number && std::isfinite(*number)) return number;
  if (std::find(missing.begin(), missing.end(), name) == missing.end()) missing.emplace_back(name);
  return std::nullopt;
}

std::optional<double> finite(double value) { return std::isfinite(value) ? std::optional(value) : std::nullopt; }

std::optional<double> value_of(const Expression& expression, const FactSet& facts, std::vector<std::string>& missing) {
  using Op = Expression::Op;
  if (expression.op == Op::number) return expression.number;
  if (expression.op == Op::fact) return known_number(facts, expression.fact, missing);
  std::vector<std::optional<double>> values;
  for (const auto& operand : expression.operands) values.push_back(value_of(operand, facts, missing));
  if (expression.op == Op::of_time) {
    const auto cpu = known_number(facts, cpu_seconds, missing);
    const auto base = known_number(facts, base_seconds, missing);
    if (!values[0] || !cpu || !base) return std::nullopt;
    return finite(*values[0] * *cpu / *base);
  }
  if (std::any_of(values.begin(), values.end(), [](const auto& value) { return !value; })) return std::nullopt;
  const double a = *values.front();
  const double b = *values.back();
  switch (expression.op) {
    case Op::add: return finite(a + b);
    case Op::subtract: return finite(a - b);
    case Op::multiply: return finite(a * b);
    case Op::divide: return finite(a / b);
    case Op::minimum: return std::min(a, b);
    case Op::maximum: return std::max(a, b);
    case Op::ceiling: return std::ceil(a);
    default: return std::nullopt;
  }
}

void collect_facts(const Expression& expression, std::vector<std::string>& names) {
  const auto add = [&](std::string_view name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  };
  if (expression.op == Expression::Op::fact) add(expression.fact);
  for (const auto& operand : expression.operands) collect_facts(operand, names);
  if (expression.op == Expression::Op::of_time) {
    add(cpu_seconds);
    add(base_seconds);
  }
}

}  // namespace

Result<Expression> parse_expression(std::string_view text) { return Parser(text).whole(); }

std::string unit_of(const Expression& expression) {
  using Op = Expression::Op;
  if (expression.op == Op::number) return {};
  if (expression.op == Op::of_time) return "share";
  if (expression.op == Op::fact) {
    const facts::Spec* spec = facts::find(expression.fact);
    return spec == nullptr ? std::string() : fact_unit(*spec);
  }
  std::string a = unit_of(expression.operands.front());
  if (expression.op == Op::ceiling) return a;
  const std::string b = unit_of(expression.operands.back());
  if (expression.op == Op::multiply) return is_plain(a) || (a == "share" && !is_plain(b)) ? b : a;
  if (expression.op == Op::divide) {
    if (a == b) return {};
    return is_plain(b) || b == "share" ? a : a + "/" + b;
  }
  return is_plain(a) ? b : a;
}

Evaluated evaluate(const Expression& expression, const FactSet& facts) {
  Evaluated result;
  result.value = value_of(expression, facts, result.missing);
  return result;
}

std::vector<std::string> facts_of(const Expression& expression) {
  std::vector<std::string> names;
  collect_facts(expression, names);
  return names;
}

Evaluated time_share_of_samples(const FactSet& facts, std::string_view sample_share_fact) {
  Expression share;
  share.op = Expression::Op::fact;
  share.fact = sample_share_fact;
  Expression of_time;
  of_time.op = Expression::Op::of_time;
  of_time.operands.push_back(std::move(share));
  return evaluate(of_time, facts);
}

}  // namespace faultline::diagnosis
