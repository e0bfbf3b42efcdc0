// SPDX-License-Identifier: Apache-2.0
#include "appliers/systemd/unit_text.h"

#include <fmt/format.h>

#include "advisor/model/text.h"
#include "appliers/systemd/limits.h"

namespace faultline::systemd {
namespace {

constexpr std::string_view blanks = " \t";

tl::unexpected<Error> malformed(std::size_t line, const std::string& why) {
  return fail(ErrorKind::input, "not the text of a unit file", fmt::format("line {}", line), why);
}

std::string_view stripped(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_comment(std::string_view stripped_line) {
  return !stripped_line.empty() && (stripped_line.front() == '#' || stripped_line.front() == ';');
}

/// A backslash at the end joins the next line, unless it is itself escaped (src/shared/conf-parser.c, config_parse).
bool continues(std::string_view line) {
  const auto last_other = line.find_last_not_of('\\');
  const std::size_t backslashes = line.size() - (last_other == std::string_view::npos ? 0 : last_other + 1);
  return backslashes % 2 == 1;
}

/// Tabs are blanks to systemd; any other control character, and what is not UTF-8, makes it ignore the line.
bool is_readable(std::string_view line) {
  while (!line.empty()) {
    const auto tab = line.find('\t');
    const std::string_view part = line.substr(0, tab);
    if (visible(part) != part) return false;
    line.remove_prefix(tab == std::string_view::npos ? line.size() : tab + 1);
  }
  return true;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  Result<std::vector<Assignment>> read() {
    while (!rest_.empty()) {
      const std::string_view line = take_line();
      if (line.size() + joined_.size() >= most_line_bytes) return malformed(number_, "the line is 1 MiB or longer");
      if (!is_readable(line)) return malformed(number_, "it holds control characters, or bytes that are not UTF-8");
      if (is_comment(stripped(line))) {
        add_comment(stripped(line));
      } else if (continues(line)) {
        joined_ += line.substr(0, line.size() - 1);
        joined_ += ' ';
      } else {
        joined_ += line;
        if (auto taken = take_logical_line(); !taken) return tl::unexpected(taken.error());
      }
    }
    if (auto taken = take_logical_line(); !taken) return tl::unexpected(taken.error());
    return std::move(assignments_);
  }

 private:
  std::string_view take_line() {
    const auto end = rest_.find('\n');
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    ++number_;
    return line;
  }

  void add_comment(std::string_view line) {
    line.remove_prefix(line.starts_with("# ") || line.starts_with("; ") ? 2 : 1);
    comments_.emplace_back(line);
  }

  Result<void> take_logical_line() {
    const std::string logical = std::exchange(joined_, {});
    const std::string_view line = stripped(logical);
    if (line.empty()) return {};
    if (line.front() == '[') return take_section(line);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) return malformed(number_, "it has no '='");
    const std::string_view key = stripped(line.substr(0, equals));
    if (key.empty()) return malformed(number_, "there is no key before the '='");
    if (section_.empty()) return malformed(number_, "it is in no section");
    assignments_.push_back(
        {section_, std::string(key), std::string(stripped(line.substr(equals + 1))), std::exchange(comments_, {})});
    return {};
  }

  Result<void> take_section(std::string_view line) {
    if (!line.ends_with(']') || line.size() < 3) return malformed(number_, "the section's name is not closed");
    section_ = line.substr(1, line.size() - 2);
    comments_.clear();
    return {};
  }

  std::string_view rest_;
  std::size_t number_ = 0;
  std::string joined_;
  std::string section_;
  std::vector<std::string> comments_;
  std::vector<Assignment> assignments_;
};

}  // namespace

Result<std::vector<Assignment>> parse_unit_text(std::string_view text) { return Reader(text).read(); }

Result<std::string> without_specifiers(std::string_view word) {
  std::string plain;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '%' && (i + 1 == word.size() || word[++i] != '%')) {
      return fail(ErrorKind::input, "a specifier", std::string(word), "only %% is understood");
    }
    plain += word[i];
  }
  return plain;
}

}  // namespace faultline::systemd
