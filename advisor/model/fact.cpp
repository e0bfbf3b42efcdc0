// SPDX-License-Identifier: Apache-2.0
#include "advisor/model/fact.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace faultline {
namespace {

Fact known_fact(std::string_view name, FactValue value, std::string_view source, Quality quality) {
  Fact fact;
  fact.name = name;
  fact.value = std::move(value);
  fact.quality = quality;
  fact.source = source;
  return fact;
}

template <class T>
std::optional<T> value_as(const std::optional<FactValue>& value) {
  if (!value) return std::nullopt;
  const T* held = std::get_if<T>(&*value);
  return held == nullptr ? std::nullopt : std::optional<T>(*held);
}

double mean_of(const std::vector<double>& values, size_t begin, size_t end) {
  double sum = 0;
  for (size_t i = begin; i < end; ++i) sum += values[i];
  return sum / static_cast<double>(end - begin);
}

}  // namespace

Fact Fact::measured(std::string_view name, FactValue value, std::string_view source) {
  return known_fact(name, std::move(value), source, Quality::measured);
}

Fact Fact::estimated(std::string_view name, FactValue value, std::string_view source) {
  return known_fact(name, std::move(value), source, Quality::estimated);
}

Fact Fact::unknown(std::string_view name, std::string_view reason, std::string_view unlock) {
  Fact fact;
  fact.name = name;
  fact.reason = reason;
  fact.unlock = unlock;
  return fact;
}

std::optional<double> Fact::number() const { return value_as<double>(value); }
std::optional<bool> Fact::flag() const { return value_as<bool>(value); }
std::optional<std::string> Fact::text() const { return value_as<std::string>(value); }

void FactSet::put(Fact fact) {
  std::string name = fact.name;
  facts_.insert_or_assign(std::move(name), std::move(fact));
}

const Fact* FactSet::find(std::string_view name) const {
  const auto it = facts_.find(name);
  return it == facts_.end() ? nullptr : &it->second;
}

std::optional<double> FactSet::number(std::string_view name) const {
  const Fact* fact = find(name);
  return fact == nullptr ? std::nullopt : fact->number();
}

std::optional<bool> FactSet::flag(std::string_view name) const {
  const Fact* fact = find(name);
  return fact == nullptr ? std::nullopt : fact->flag();
}

std::optional<std::string> FactSet::text(std::string_view name) const {
  const Fact* fact = find(name);
  return fact == nullptr ? std::nullopt : fact->text();
}

Trend trend_of(const std::vector<std::optional<double>>& slices) {
  constexpr size_t least_slices = 6;
  constexpr double notable_change = 0.25;
  std::vector<double> values;
  for (const auto& slice : slices) {
    if (slice) values.push_back(*slice);
  }
  if (values.size() < least_slices) return Trend::none;
  const size_t third = values.size() / 3;
  const double early = mean_of(values, 0, third);
  const double late = mean_of(values, values.size() - third, values.size());
  if (std::abs(late - early) <= notable_change * std::max(std::abs(early), std::abs(late))) return Trend::flat;
  return late > early ? Trend::rising : Trend::falling;
}

std::string_view to_string(Quality quality) {
  switch (quality) {
    case Quality::measured: return "measured";
    case Quality::estimated: return "estimated";
    case Quality::unknown: return "unknown";
  }
  return "unknown";
}

std::string_view to_string(Trend trend) {
  switch (trend) {
    case Trend::none: return "none";
    case Trend::flat: return "flat";
    case Trend::rising: return "rising";
    case Trend::falling: return "falling";
  }
  return "none";
}

}  // namespace faultline
