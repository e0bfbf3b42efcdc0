// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace faultline {

enum class Quality {
  measured,   ///< counted or read from the kernel or the process
  estimated,  ///< derived from measured facts by a model; `source` says which
  unknown     ///< not there: `reason` says why, `unlock` how to get it. Never zero.
};

/// A number, a truth or a word. Numbers are in the unit that the catalogue gives for the fact.
using FactValue = std::variant<double, bool, std::string>;

enum class Trend { none, flat, rising, falling };

/// One named measurement. Name, unit and meaning are in the catalogue (advisor/facts/catalogue.h).
struct Fact {
  std::string name;
  std::optional<FactValue> value;  ///< absent exactly when quality is unknown
  Quality quality = Quality::unknown;
  std::string source;                         ///< e.g. "perf:page-faults-min", "/proc/PID/status RssAnon"
  std::string reason;                         ///< why it is unknown
  std::string unlock;                         ///< what would make it known
  std::vector<std::optional<double>> slices;  ///< value by slice, in the fact's unit; empty when not sliced
  Trend trend = Trend::none;

  static Fact measured(std::string_view name, FactValue value, std::string_view source);
  static Fact estimated(std::string_view name, FactValue value, std::string_view source);
  static Fact unknown(std::string_view name, std::string_view reason, std::string_view unlock = {});

  [[nodiscard]] bool known() const { return value.has_value(); }
  [[nodiscard]] std::optional<double> number() const;
  [[nodiscard]] std::optional<bool> flag() const;
  [[nodiscard]] std::optional<std::string> text() const;
};

/// Facts by name, sorted, so that documents are stable.
class FactSet {
 public:
  void put(Fact fact);
  [[nodiscard]] const Fact* find(std::string_view name) const;
  /// The number of a known numeric fact; nothing when it is absent, unknown or not a number.
  [[nodiscard]] std::optional<double> number(std::string_view name) const;
  [[nodiscard]] std::optional<bool> flag(std::string_view name) const;
  [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, Fact, std::less<>>& all() const { return facts_; }

 private:
  std::map<std::string, Fact, std::less<>> facts_;
};

/// flat, rising or falling by comparing the later third of the slices with the earlier third:
/// a change of more than a quarter of the larger one counts. none under six known slices.
Trend trend_of(const std::vector<std::optional<double>>& slices);

std::string_view to_string(Quality quality);
std::string_view to_string(Trend trend);

}  // namespace faultline
