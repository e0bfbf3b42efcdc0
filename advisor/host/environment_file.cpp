// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/environment_file.h"

#include <algorithm>

#include "advisor/host/text_scan.h"

namespace faultline::host {
namespace {

/// Reads one value from the front of `text`, up to the line's end that is neither quoted nor continued.
std::string take_value(std::string_view& text) {
  std::string value;
  char quote = '\0';
  std::size_t at = 0;
  std::size_t kept = 0;  // unquoted blanks at the end do not count
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote == '\0' && c == '\n') break;
    if (c == '\\' && quote != '\'' && at + 1 < text.size()) {
      ++at;
      if (text[at] != '\n') value += text[at];
      kept = value.size();
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
      kept = value.size();
    } else {
      value += c;
      if (quote != '\0' || (c != ' ' && c != '\t')) kept = value.size();
    }
  }
  text.remove_prefix(std::min(at + 1, text.size()));
  value.resize(kept);
  return value;
}

}  // namespace

std::map<std::string, std::string> parse_environment_file(std::string_view text,
                                                          bool (*allowed)(std::string_view variable)) {
  std::map<std::string, std::string> assignments;
  while (!text.empty()) {
    const auto start = text.find_first_not_of(" \t\n");
    if (start == std::string_view::npos) break;
    text.remove_prefix(start);
    const auto equals = text.find_first_of("=\n");
    const bool comment = text.front() == '#' || text.front() == ';';
    if (comment || equals == std::string_view::npos || text[equals] == '\n') {
      take_until(text, '\n');
      continue;
    }
    const std::string name(trimmed(text.substr(0, equals)));
    text.remove_prefix(equals + 1);
    const auto blank = text.find_first_not_of(" \t");
    text.remove_prefix(blank == std::string_view::npos ? text.size() : blank);
    std::string value = take_value(text);
    if (allowed(name)) assignments.insert_or_assign(name, std::move(value));
  }
  return assignments;
}

}  // namespace faultline::host
