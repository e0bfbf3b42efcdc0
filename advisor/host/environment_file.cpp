// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/environment_file.h"

#include <algorithm>

#include "advisor/host/text_scan.h"

namespace faultline::host {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view line_ends = "\r\n";
/// A backslash keeps its meaning in double quotes before these only.
constexpr std::string_view escaped_in_quotes = "\"\\`$";

bool is_one_of(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

/// Takes a quoted part off the front, behind its opening quote.
void take_quoted(std::string_view& text, char quote, std::string& value) {
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == quote) return;
    if (c != '\\' || quote == '\'') {
      value += c;
      continue;
    }
    if (text.empty()) return;
    const char escaped = text.front();
    text.remove_prefix(1);
    if (escaped == '\n') continue;
    if (!is_one_of(escaped, escaped_in_quotes)) value += c;
    value += escaped;
  }
}

/// Takes an unquoted part off the front, to the line's end that is not continued. Blanks at its end do not count,
/// quotes in it are literal.
void take_bare(std::string_view& text, std::string& value) {
  auto kept = value.size();
  while (!text.empty() && !is_one_of(text.front(), line_ends)) {
    char c = text.front();
    text.remove_prefix(1);
    const bool escaped = c == '\\';
    if (escaped) {
      if (text.empty()) break;
      c = text.front();
      text.remove_prefix(1);
    }
    if (!escaped || !is_one_of(c, line_ends)) value += c;
    if (escaped || !is_one_of(c, blanks)) kept = value.size();
  }
  value.resize(kept);
}

/// Reads one value from the front of `text`: quoted parts, then a bare one.
std::string take_value(std::string_view& text) {
  std::string value;
  while (!text.empty() && !is_one_of(text.front(), line_ends)) {
    const char c = text.front();
    if (c == '"' || c == '\'') {
      text.remove_prefix(1);
      take_quoted(text, c, value);
    } else if (is_one_of(c, blanks)) {
      text.remove_prefix(1);
    } else {
      take_bare(text, value);
      break;
    }
  }
  return value;
}

/// A comment goes to its line's end, or on to the next line behind a backslash (until systemd 254).
void skip_comment(std::string_view& text) {
  while (!text.empty() && !is_one_of(text.front(), line_ends)) {
    text.remove_prefix(text.front() == '\\' ? std::min<std::size_t>(2, text.size()) : 1);
  }
}

}  // namespace

std::map<std::string, std::string> parse_environment_file(std::string_view text,
                                                          bool (*allowed)(std::string_view variable)) {
  std::map<std::string, std::string> assignments;
  for (;;) {
    const auto start = text.find_first_not_of(blanks);
    if (start == std::string_view::npos) return assignments;
    text.remove_prefix(start);
    if (text.front() == '#' || text.front() == ';') {
      skip_comment(text);
      continue;
    }
    const auto end = std::min(text.find_first_of("=\r\n"), text.size());
    const std::string name(trimmed(text.substr(0, end)));
    text.remove_prefix(end);
    if (text.empty() || text.front() != '=') continue;
    text.remove_prefix(1);
    std::string value = take_value(text);
    if (allowed(name)) assignments.insert_or_assign(name, std::move(value));
  }
}

}  // namespace faultline::host
