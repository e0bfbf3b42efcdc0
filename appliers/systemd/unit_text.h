// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "advisor/model/result.h"

namespace faultline::systemd {

/// One `Key=value` of a unit file as systemd reads it: continuation lines joined, blanks around key and value gone,
/// quotes and escapes still in it.
struct Assignment {
  std::string section;
  std::string key;
  std::string value;
  std::vector<std::string> comments;  ///< whole-line comments since the assignment or section before it, without "# "
};

/// Reads the text of a unit file (systemd.syntax(7)). Stricter than systemd, which warns and goes on: a line that is
/// neither comment, section nor assignment, an assignment outside a section, a NUL, bytes that are not UTF-8 and
/// lines of 1 MiB or more are errors (input).
Result<std::vector<Assignment>> parse_unit_text(std::string_view text);

/// The words of a value: quotes removed, C escapes resolved, as for Environment= (systemd.syntax(7)). Errors: input
/// for a quote that is not closed and for an escape that systemd does not know.
Result<std::vector<std::string>> split_words(std::string_view value);

/// "%%" becomes "%". Errors: input for any other specifier, as what it expands to is systemd's to say.
Result<std::string> without_specifiers(std::string_view word);

}  // namespace faultline::systemd
