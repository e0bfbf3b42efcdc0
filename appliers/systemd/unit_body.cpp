// SPDX-License-Identifier: Apache-2.0
#include "appliers/systemd/unit_body.h"

#include <algorithm>
#include <fmt/format.h>

#include "advisor/model/text.h"
#include "appliers/systemd/escape.h"
#include "appliers/systemd/limits.h"
#include "appliers/systemd/unit_text.h"

namespace faultline::systemd {
namespace {

bool is_percent(std::string_view value) {
  constexpr std::size_t most_digits = 9;
  if (value.size() < 2 || value.size() > most_digits + 1 || value.back() != '%' || value.front() == '0') return false;
  return std::all_of(value.begin(), value.end() - 1, [](char c) { return c >= '0' && c <= '9'; });
}

/// A comment may hold anything that is one line and looks as it is; nothing in it is read by systemd.
bool is_comment_text(std::string_view text) {
  return !text.empty() && text.size() <= most_value_bytes && text.front() != ' ' && text.back() != ' ' &&
         visible(text) == text;
}

Result<std::string> value_text(const Directive& directive) {
  if (directive.key == Key::environment) return environment_word(directive.name, directive.value);
  // A percent sign alone is no specifier here: CPUQuota= is not expanded (systemd.unit(5), "Specifiers").
  if (is_percent(directive.value) && directive.name.empty()) return directive.value;
  return fail(ErrorKind::refused, "cannot write a quota", "CPUQuota=" + visible(directive.value.substr(0, 200)),
              "it is no percentage above zero");
}

Result<Directive> directive_of_assignment(const Assignment& assignment) {
  const auto foreign = [&](const std::string& why) {
    return fail(ErrorKind::input, "not a directive of faultline's", visible(assignment.key), why);
  };
  const KeySpec* spec = find_key(assignment.key);
  if (spec == nullptr) return foreign("the key is not one that is ever written");
  if (spec->key == Key::cpu_quota) {
    if (!is_percent(assignment.value)) return foreign("it is no percentage above zero");
    return Directive{Key::cpu_quota, {}, assignment.value, {}};
  }
  const auto words = split_words(assignment.value);
  if (!words) return tl::unexpected(words.error());
  if (words->size() != 1) return foreign("it does not hold exactly one variable");
  const auto word = without_specifiers(words->front());
  if (!word) return tl::unexpected(word.error());
  const auto equals = word->find('=');
  if (equals == std::string::npos) return foreign("it holds no variable");
  return Directive{Key::environment, word->substr(0, equals), word->substr(equals + 1), {}};
}

}  // namespace

Result<std::string> emit_body(std::string_view section, const std::vector<Directive>& directives) {
  std::string body = fmt::format("[{}]\n", section);
  const std::vector<std::string>* above = nullptr;
  for (const Directive& directive : directives) {
    if (directive.reasons.empty() ||
        !std::all_of(directive.reasons.begin(), directive.reasons.end(), is_comment_text)) {
      return fail(ErrorKind::refused, "cannot write a directive", directive.name, "its reason is not one line of text");
    }
    const auto value = value_text(directive);
    if (!value) return tl::unexpected(value.error());
    if (above == nullptr || *above != directive.reasons) {
      for (const std::string& reason : directive.reasons) body += fmt::format("# {}\n", reason);
    }
    above = &directive.reasons;
    const std::string line = fmt::format("{}={}", spec_of(directive.key).text, *value);
    if (line.size() >= most_line_bytes) {
      return fail(ErrorKind::refused, "cannot write a directive", directive.name, "its line is 1 MiB or longer");
    }
    body += line + '\n';
  }
  return body;
}

Result<std::vector<Directive>> parse_body(std::string_view section, std::string_view body) {
  const auto assignments = parse_unit_text(body);
  if (!assignments) return tl::unexpected(assignments.error());
  std::vector<Directive> directives;
  for (const Assignment& assignment : *assignments) {
    if (assignment.section != section) {
      return fail(ErrorKind::input, "not a section of faultline's", visible(assignment.section),
                  "it is of another kind");
    }
    auto directive = directive_of_assignment(assignment);
    if (!directive) return tl::unexpected(directive.error());
    directive->reasons = assignment.comments;
    // Directives that stand together for the same reason have it once.
    if (directive->reasons.empty() && !directives.empty()) directive->reasons = directives.back().reasons;
    directives.push_back(std::move(*directive));
  }
  return directives;
}

}  // namespace faultline::systemd
