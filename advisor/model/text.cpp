// SPDX-License-Identifier: Apache-2.0
#include "advisor/model/text.h"

#include <array>
#include <cstdint>
#include <cstdio>

namespace faultline {
namespace {

struct CodePoint {
  std::uint32_t value = 0;
  std::size_t bytes = 0;  ///< 0: not UTF-8
};

/// RFC 3629: no overlong forms, no surrogates, at most U+10FFFF.
CodePoint decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 && lead < 0xF5   ? 4
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                                                           : 0;
  if (length == 0 || text.size() < length) return {};
  std::uint32_t value = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) return {};
    value = (value << 6U) | (byte(i) & 0x3FU);
  }
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < least[length] || value > 0x10FFFF || surrogate) return {};
  return {value, length};
}

/// Trojan-source characters (Unicode TR 36, bidirectional text spoofing) and the line separators.
bool is_deceptive(std::uint32_t value) {
  return (value >= 0x202A && value <= 0x202E) || (value >= 0x2066 && value <= 0x2069) || value == 0x200E ||
         value == 0x200F || value == 0x061C || value == 0x2028 || value == 0x2029 || value == 0xFEFF;
}

bool is_control(std::uint32_t value) { return value < 0x20 || (value >= 0x7F && value < 0xA0); }

std::string escape(const char* format, std::uint32_t value) {
  std::array<char, 16> out{};
  const int length = std::snprintf(out.data(), out.size(), format, value);
  return {out.data(), static_cast<std::size_t>(length)};
}

}  // namespace

std::string visible(std::string_view raw) {
  std::string out;
  out.reserve(raw.size());
  while (!raw.empty()) {
    const CodePoint point = decode(raw);
    if (point.bytes == 0) {
      out += escape("\\x%02x", static_cast<unsigned char>(raw[0]));
      raw.remove_prefix(1);
      continue;
    }
    if (is_control(point.value)) {
      out += escape("\\x%02x", point.value);
    } else if (is_deceptive(point.value)) {
      out += escape("\\u%04x", point.value);
    } else {
      out += raw.substr(0, point.bytes);
    }
    raw.remove_prefix(point.bytes);
  }
  return out;
}

}  // namespace faultline
