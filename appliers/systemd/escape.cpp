// SPDX-License-Identifier: Apache-2.0
#include "appliers/systemd/escape.h"

#include <algorithm>
#include <cctype>

#include "advisor/model/text.h"
#include "appliers/systemd/limits.h"

namespace faultline::systemd {
namespace {

bool is_name(std::string_view name) {
  const auto letter = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !name.empty() && name.size() <= most_value_bytes && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::all_of(name.begin(), name.end(), letter);
}

}  // namespace

Result<std::string> environment_word(std::string_view name, std::string_view value) {
  const std::string where = "Environment=" + visible(name.substr(0, 200));
  if (!is_name(name)) return fail(ErrorKind::refused, "cannot write a variable", where, "this is no variable's name");
  if (value.size() > most_value_bytes) {
    return fail(ErrorKind::refused, "cannot write a variable", where, "its value is longer than 2 KiB");
  }
  // Beyond what systemd ignores the line for: characters that would make the diff look other than it is.
  if (visible(value) != value) {
    return fail(ErrorKind::refused, "cannot write a variable", where,
                "its value holds control or bidirectional characters, or bytes that are not UTF-8");
  }
  std::string word = "\"" + std::string(name) + "=";
  for (const char c : value) {
    if (c == '"' || c == '\\') word += '\\';
    if (c == '%') word += '%';
    word += c;
  }
  return word + "\"";
}

}  // namespace faultline::systemd
