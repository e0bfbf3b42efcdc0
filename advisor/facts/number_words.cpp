// SPDX-License-Identifier: Apache-2.0
#include "advisor/facts/number_words.h"

#include <array>
#include <cmath>
#include <fmt/format.h>

#include "advisor/facts/catalogue.h"

namespace faultline::facts {
namespace {

/// Three significant digits without trailing zeros: 1.04, 12.3, 980.
std::string three_digits(double value) {
  const double size = std::abs(value);
  if (size >= 99.95 || value == std::floor(value)) return fmt::format("{:.0f}", value);
  std::string text = fmt::format("{:.{}f}", value, size >= 9.995 ? 1 : 2);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

/// Scales by `step` until the number is small, and names the scale.
template <std::size_t N>
std::string scaled(double value, double step, const std::array<std::string_view, N>& names) {
  std::size_t i = 0;
  while (i + 1 < N && std::abs(value) >= step * 0.9995) {
    value /= step;
    ++i;
  }
  return fmt::format("{}{}", three_digits(value), names[i]);
}

std::string share_words(double share) {
  const double percent = share * 100;
  if (percent != 0 && std::abs(percent) < 0.1) return percent < 0 ? "-0.1 %" : "< 0.1 %";
  return fmt::format(
      "{} %", std::abs(percent) >= 9.95 ? fmt::format("{:.0f}", percent) : three_digits(std::round(percent * 10) / 10));
}

std::string count_words(double value) {
  if (std::abs(value) < 10000) return three_digits(value);
  return scaled(value, 1000, std::to_array<std::string_view>({"", " k", " M", " G"}));
}

}  // namespace

std::string number_words(double value, std::string_view unit) {
  if (!std::isfinite(value)) return "unknown";
  if (unit == "share") return share_words(value);
  if (unit == "bytes")
    return scaled(value, 1024, std::to_array<std::string_view>({" B", " KiB", " MiB", " GiB", " TiB"}));
  if (unit == "1/s") return count_words(value) + "/s";
  if (unit == "s") return value >= 1 || value == 0 ? three_digits(value) + " s" : three_digits(value * 1000) + " ms";
  if (unit == "ns") return scaled(value, 1000, std::to_array<std::string_view>({" ns", " us", " ms", " s"}));
  if (unit == "cores") return three_digits(value) + (value == 1 ? " core" : " cores");
  if (unit == "pages") return count_words(value) + " pages";
  return count_words(value);
}

std::string fact_words(const FactSet& facts, std::string_view name) {
  const Fact* fact = facts.find(name);
  if (fact == nullptr || !fact->known()) return "unknown";
  if (const auto number = fact->number()) {
    const Spec* spec = find(name);
    return number_words(*number, spec == nullptr ? "" : spec->unit);
  }
  if (const auto flag = fact->flag()) return *flag ? "yes" : "no";
  return *fact->text();
}

}  // namespace faultline::facts
