// SPDX-License-Identifier: Apache-2.0
#include "advisor/report/number_text.h"

#include <array>
#include <cmath>
#include <fmt/format.h>

namespace faultline::report {
namespace {

/// Three significant digits without an exponent.
std::string three_digits(double value) {
  const double size = std::abs(value);
  if (size >= 100 || value == std::floor(value)) return fmt::format("{:.0f}", value);
  if (size >= 10) return fmt::format("{:.1f}", value);
  return fmt::format("{:.2f}", value);
}

template <std::size_t count>
std::string scaled(double value, double step, const std::array<std::string_view, count>& suffixes) {
  std::size_t at = 0;
  while (std::abs(value) >= step && at + 1 < count) {
    value /= step;
    ++at;
  }
  return suffixes[at].empty() ? three_digits(value) : fmt::format("{} {}", three_digits(value), suffixes[at]);
}

}  // namespace

std::string si(double value) { return scaled(value, 1000, std::array<std::string_view, 5>{"", "k", "M", "G", "T"}); }

std::string percent(double share) {
  const double value = share * 100;
  if (value == 0) return "0 %";
  if (std::abs(value) >= 9.95) return fmt::format("{:.0f} %", value);
  if (std::abs(value) >= 0.095) return fmt::format("{:.1f} %", value);
  return fmt::format("{:.2f} %", value);
}

std::string bytes(double value) {
  return scaled(value, 1024, std::array<std::string_view, 6>{"B", "KiB", "MiB", "GiB", "TiB", "PiB"});
}

std::string with_unit(const FactValue& value, std::string_view unit) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "yes" : "no";
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  const double number = std::get<double>(value);
  if (unit == "share") return percent(number);
  if (unit == "bytes") return bytes(number);
  if (unit == "1/s") return si(number) + "/s";
  if (unit == "count") return si(number);
  if (unit == "ns") return scaled(number, 1000, std::array<std::string_view, 4>{"ns", "µs", "ms", "s"});
  return fmt::format("{} {}", si(number), unit);
}

}  // namespace faultline::report
