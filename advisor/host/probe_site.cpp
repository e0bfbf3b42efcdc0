// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/probe_site.h"

#include <algorithm>
#include <fmt/format.h>

namespace faultline::host {
namespace {

// Nothing but an indirect branch from outside comes to an endbr64, so that the next instruction runs at each call too.
constexpr std::string_view endbr64{"\xf3\x0f\x1e\xfa"};
constexpr unsigned char nop = 0x90;
constexpr unsigned char rex_b = 0x41;  // push of r8 to r15

unsigned char byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

bool is_push(unsigned char byte) { return byte >= 0x50 && byte <= 0x57; }

/// The length of an instruction that the kernel carries out itself; 0 of any other.
unsigned carried_out(std::string_view code) {
  const unsigned char first = byte_at(code, 0);
  if (first == nop || is_push(first)) return 1;
  return first == rex_b && is_push(byte_at(code, 1)) ? 2 : 0;
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    text += fmt::format("{}{:02x}", text.empty() ? "" : " ", static_cast<unsigned char>(byte));
  }
  return text;
}

}  // namespace

Result<ProbeSites> probe_sites(std::string_view entry) {
#ifndef __x86_64__
  return fail(ErrorKind::unsupported, "cannot probe a function", "", "only x86-64 is known well enough");
#endif
  const auto first = entry.starts_with(endbr64) ? static_cast<unsigned>(endbr64.size()) : 0U;
  const std::string_view rest = entry.substr(first);
  const unsigned length = carried_out(rest);
  if (length != 0) {
    const bool again = carried_out(rest.substr(length)) != 0;
    return ProbeSites{first, again ? std::optional(first + length) : std::nullopt};
  }
  return fail(ErrorKind::refused, "cannot probe a function", "",
              fmt::format("begins with {}, which the kernel would have to single-step at each call",
                          rest.empty() ? "nothing" : hex(rest.substr(0, 4))));
}

}  // namespace faultline::host
