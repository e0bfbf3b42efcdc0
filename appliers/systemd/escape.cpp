// SPDX-License-Identifier: Apache-2.0
#include "appliers/systemd/escape.h"

#include <algorithm>
#include <cctype>

namespace faultline::systemd {
namespace {

constexpr std::size_t most_value_bytes = 2048;

bool is_name(std::string_view name) {
  const auto letter = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::all_of(name.begin(), name.end(), letter);
}

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7F; }

}  // namespace

Result<std::string> environment_word(std::string_view name, std::string_view value) {
  const std::string where = "Environment=" + std::string(name);
  if (!is_name(name)) return fail(ErrorKind::refused, "cannot write a variable", where, "this is no variable's name");
  if (value.size() > most_value_bytes) {
    return fail(ErrorKind::refused, "cannot write a variable", where, "its value is longer than 2 KiB");
  }
  if (std::any_of(value.begin(), value.end(), is_control)) {
    return fail(ErrorKind::refused, "cannot write a variable", where, "its value holds control characters");
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
