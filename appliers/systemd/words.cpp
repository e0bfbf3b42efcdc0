// SPDX-License-Identifier: Apache-2.0
// Words, quotes and C escapes as systemd's extract_first_word() with EXTRACT_UNQUOTE and EXTRACT_CUNESCAPE reads them
// (src/basic/extract-word.c, src/basic/escape.c).
#include <cstdint>
#include <string_view>

#include "appliers/systemd/unit_text.h"

namespace faultline::systemd {
namespace {

constexpr std::string_view white_space = " \t\n\r";

tl::unexpected<Error> malformed(std::string_view value, const char* why) {
  return fail(ErrorKind::input, "not a list of words", std::string(value.substr(0, 200)), why);
}

int digit_of(char c, int base) {
  int digit = 99;
  if (c >= '0' && c <= '9') digit = c - '0';
  if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
  if (c >= 'A' && c <= 'F') digit = c - 'A' + 10;
  return digit < base ? digit : -1;
}

void append_utf8(std::string& text, std::uint32_t point) {
  const auto tail = [&](unsigned shift) { text += static_cast<char>(0x80U | ((point >> shift) & 0x3FU)); };
  if (point < 0x80) {
    text += static_cast<char>(point);
  } else if (point < 0x800) {
    text += static_cast<char>(0xC0U | (point >> 6U));
    tail(0);
  } else if (point < 0x10000) {
    text += static_cast<char>(0xE0U | (point >> 12U));
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xF0U | (point >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

/// Reads `digits` digits of a code; false where they are not there, or name NUL or no character.
bool take_code(std::string_view& rest, int base, std::size_t digits, bool is_byte, std::string& word) {
  if (rest.size() < digits) return false;
  std::uint32_t code = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const int digit = digit_of(rest[i], base);
    if (digit < 0) return false;
    code = code * static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(digit);
  }
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code == 0 || code > (is_byte ? 0xFFU : 0x10FFFFU) || (!is_byte && surrogate)) return false;
  rest.remove_prefix(digits);
  if (is_byte) {
    word += static_cast<char>(code);
  } else {
    append_utf8(word, code);
  }
  return true;
}

/// What follows a backslash.
bool take_escape(std::string_view& rest, std::string& word) {
  if (rest.empty()) return false;
  constexpr std::string_view letters = "abfnrtv\\\"'s";
  constexpr std::string_view meanings = "\a\b\f\n\r\t\v\\\"' ";
  const char c = rest.front();
  if (const auto at = letters.find(c); at != std::string_view::npos) {
    rest.remove_prefix(1);
    word += meanings[at];
    return true;
  }
  if (c >= '0' && c <= '7') return take_code(rest, 8, 3, true, word);
  rest.remove_prefix(1);
  if (c == 'x') return take_code(rest, 16, 2, true, word);
  if (c == 'u') return take_code(rest, 16, 4, false, word);
  if (c == 'U') return take_code(rest, 16, 8, false, word);
  return false;
}

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view value) {
  std::vector<std::string> words;
  std::string_view rest = value;
  for (;;) {
    const auto start = rest.find_first_not_of(white_space);
    if (start == std::string_view::npos) return words;
    rest.remove_prefix(start);
    std::string word;
    char quote = '\0';
    while (!rest.empty()) {
      const char c = rest.front();
      if (quote == '\0' && white_space.find(c) != std::string_view::npos) break;
      rest.remove_prefix(1);
      if (c == '\\') {
        if (!take_escape(rest, word)) return malformed(value, "it holds an escape that systemd does not know");
      } else if (quote == '\0' && (c == '"' || c == '\'')) {
        quote = c;
      } else if (c == quote) {
        quote = '\0';
      } else {
        word += c;
      }
    }
    if (quote != '\0') return malformed(value, "a quote is not closed");
    words.push_back(std::move(word));
  }
}

}  // namespace faultline::systemd
