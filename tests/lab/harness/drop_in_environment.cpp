// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/harness/drop_in_environment.h"

#include <sstream>

namespace faultline::lab {
namespace {

/// One assignment from `at` on: to a space outside quotes, or the line's end.
std::string next_assignment(const std::string& line, std::size_t& at) {
  std::string word;
  char quote = '\0';
  for (; at < line.size(); ++at) {
    const char c = line[at];
    if (quote == '\0' && c == ' ') break;
    if (c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == '%' && at + 1 < line.size() && line[at + 1] == '%') {
      word += '%';
      ++at;
    } else {
      word += c;
    }
  }
  return word;
}

}  // namespace

std::map<std::string, std::string> environment_of_drop_in(const std::string& text) {
  static const std::string key = "Environment=";
  std::map<std::string, std::string> variables;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) continue;
    for (std::size_t at = key.size(); at < line.size(); ++at) {
      const std::string assignment = next_assignment(line, at);
      const auto equals = assignment.find('=');
      if (equals != std::string::npos) variables[assignment.substr(0, equals)] = assignment.substr(equals + 1);
    }
  }
  return variables;
}

}  // namespace faultline::lab
