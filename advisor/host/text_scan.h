// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

// Small steps over the kernel's text files, shared by their parsers.
namespace faultline::host {

/// Takes the text up to `separator` off the front; all of it when there is none.
inline std::string_view take_until(std::string_view& text, char separator) {
  const auto at = text.find(separator);
  const std::string_view taken = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
  return taken;
}

inline std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

/// The next word, blanks before it skipped; empty at the end.
inline std::string_view take_word(std::string_view& text) {
  const auto first = text.find_first_not_of(" \t");
  text.remove_prefix(first == std::string_view::npos ? text.size() : first);
  const auto end = text.find_first_of(" \t");
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(word.size());
  return word;
}

/// The whole text as a number, or nothing.
template <class Number = std::uint64_t>
std::optional<Number> to_number(std::string_view text, int base = 10) {
  Number value{};
  const auto [rest, status] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (status != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The value of "key value" in a flat keyed file such as cpu.stat.
inline std::optional<std::uint64_t> keyed_number(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    std::string_view line = take_until(text, '\n');
    if (take_word(line) == key) return to_number(trimmed(line));
  }
  return std::nullopt;
}

}  // namespace faultline::host
