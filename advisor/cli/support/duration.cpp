// SPDX-License-Identifier: Apache-2.0
#include "advisor/cli/support/duration.h"

#include <array>
#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace faultline::cli {
namespace {

struct Unit {
  std::string_view suffix;
  double seconds;
};
constexpr std::array units{Unit{"", 1},   Unit{"ms", 0.001}, Unit{"s", 1},
                           Unit{"m", 60}, Unit{"min", 60},   Unit{"h", 3600}};

std::string in_words(double seconds) {
  if (seconds >= 3600) return fmt::format("{:g} h", seconds / 3600);
  return seconds >= 1 ? fmt::format("{:g} s", seconds) : fmt::format("{:g} ms", seconds * 1000);
}

}  // namespace

Result<double> parse_duration(const std::string& option, const std::string& text, double least_seconds,
                              double most_seconds) {
  const std::string what = fmt::format("{} {} is not usable", option, text);
  const std::string hint = fmt::format("give a number with ms, s, m or h, for example {} 10s", option);
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, status] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (status != std::errc{} || !std::isfinite(value))
    return fail(ErrorKind::usage, what, option, "not a duration", hint);
  const std::string_view suffix(rest, static_cast<std::size_t>(end - rest));
  for (const Unit& unit : units) {
    if (unit.suffix != suffix) continue;
    const double seconds = value * unit.seconds;
    if (seconds < least_seconds || seconds > most_seconds) {
      return fail(ErrorKind::usage, what, option,
                  fmt::format("it must be from {} to {}", in_words(least_seconds), in_words(most_seconds)), hint);
    }
    return seconds;
  }
  return fail(ErrorKind::usage, what, option, fmt::format("unknown unit '{}'", suffix), hint);
}

}  // namespace faultline::cli
