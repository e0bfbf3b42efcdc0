// SPDX-License-Identifier: Apache-2.0
#include "advisor/documents/support/json_writer.h"

#include <cmath>
#include <fmt/format.h>

#include "advisor/facts/catalogue.h"
#include "advisor/model/change_point.h"

namespace faultline::documents {
namespace {

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

/// /proc/PID/stat counts in USER_HZ, which is 100 for programs on every Linux but Alpha's and IA-64's.
std::string start_time(std::uint64_t ticks) { return fmt::format("boot + {}.{:02} s", ticks / 100, ticks % 100); }

bool is_finite(const FactValue& value) {
  const auto* number = std::get_if<double>(&value);
  return number == nullptr || std::isfinite(*number);
}

Json json_of_slices(const std::vector<std::optional<double>>& slices) {
  Json array = Json::array();
  for (const auto& slice : slices) array.push_back(json_of(slice));
  return array;
}

Json json_of_fact(const Fact& fact) {
  const facts::Spec* spec = facts::find(fact.name);
  Json json;
  const bool known = fact.known() && is_finite(*fact.value);
  json["value"] = known ? json_of(*fact.value) : Json(nullptr);
  if (spec != nullptr && !spec->unit.empty()) json["unit"] = spec->unit;
  json["quality"] = to_string(known ? fact.quality : Quality::unknown);
  if (!fact.source.empty()) json["source"] = utf8(fact.source);
  if (fact.known() && !known) {
    json["reason"] = "the measurement was not a number";
  } else if (!fact.reason.empty()) {
    json["reason"] = utf8(fact.reason);
  }
  if (!fact.unlock.empty()) json["unlock"] = utf8(fact.unlock);
  const bool sliceable = known && std::holds_alternative<double>(*fact.value);
  if (sliceable || !fact.slices.empty()) json["slices"] = json_of_slices(fact.slices);
  if (sliceable || fact.trend != Trend::none) json["trend"] = to_string(fact.trend);
  return json;
}

Json json_of_file(const EnvironmentFile& file) {
  return {{"path", utf8(file.path)},
          {"optional", file.optional},
          {"readable", file.readable},
          {"sets", json_of(file.sets)}};
}

/// Length of the UTF-8 sequence at the start of a text, or 0 when there is none. RFC 3629: no overlong forms, no
/// surrogates, nothing above U+10FFFF.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xc2 && first <= 0xdf   ? 2
                             : (first & 0xf0) == 0xe0         ? 3
                             : first >= 0xf0 && first <= 0xf4 ? 4
                                                              : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f)) return 0;
  if ((first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) return 0;
  return length;
}

}  // namespace

std::string utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      result += "\xef\xbf\xbd";
      text.remove_prefix(1);
    } else {
      result += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return result;
}

Json json_of(std::string_view text) { return utf8(text); }

Json json_of(const std::vector<std::string>& texts) {
  Json array = Json::array();
  for (const auto& text : texts) array.push_back(utf8(text));
  return array;
}

Json json_of(const std::map<std::string, std::string>& map) {
  Json object = Json::object();
  for (const auto& [key, value] : map) object[utf8(key)] = utf8(value);
  return object;
}

Json json_of(std::optional<double> number) { return number && std::isfinite(*number) ? Json(*number) : Json(nullptr); }

Json json_of(const FactValue& value) {
  if (const auto* number = std::get_if<double>(&value)) return json_of(std::optional(*number));
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  return utf8(std::get<std::string>(value));
}

Json json_of(const Host& host) {
  return {{"kernel", utf8(host.kernel)},
          {"architecture", utf8(host.architecture)},
          {"cpus", host.cpus},
          {"numa_nodes", host.numa_nodes},
          {"page_bytes", host.page_bytes},
          {"ns_per_fault", json_of(host.ns_per_fault)}};
}

Json json_of(const Process& process) {
  return {{"pid", process.pid},
          {"start_time", start_time(process.start_ticks)},
          {"start_ticks", process.start_ticks},
          {"exe", utf8(process.exe)},
          {"comm", utf8(process.comm)},
          {"threads", process.threads},
          {"processes", process.processes},
          {"cgroup", utf8(process.cgroup)},
          {"runtime", utf8(process.runtime)},
          {"libc", utf8(process.libc)},
          {"allocator", utf8(process.allocator)},
          {"linkage", utf8(process.linkage)},
          {"secure", or_null(process.secure)},
          {"arenas", or_null(process.arenas)},
          {"environment", json_of(process.environment)}};
}

Json json_of(const Unit& unit) {
  Json files = Json::array();
  for (const auto& file : unit.environment_files) files.push_back(json_of_file(file));
  return {{"id", utf8(unit.id)},
          {"load_state", utf8(unit.load_state)},
          {"active_state", utf8(unit.active_state)},
          {"unit_file_state", utf8(unit.unit_file_state)},
          {"fragment_path", utf8(unit.fragment_path)},
          {"drop_in_paths", json_of(unit.drop_in_paths)},
          {"environment", json_of(unit.environment)},
          {"environment_files", std::move(files)},
          {"unset_environment", json_of(unit.unset_environment)},
          {"user", utf8(unit.user)},
          {"control_group", utf8(unit.control_group)},
          {"main_pid", unit.main_pid},
          {"transient", unit.transient},
          {"cpu_quota_cores", json_of(unit.cpu_quota_cores)},
          {"own_drop_in", unit.own_drop_in ? Json(utf8(*unit.own_drop_in)) : Json(nullptr)}};
}

Json json_of(const Window& window) {
  return {{"start", utf8(window.start_utc)},
          {"seconds", json_of(std::optional(window.seconds))},
          {"asked_seconds", json_of(std::optional(window.asked_seconds))},
          {"slices", window.slices},
          {"ended_early", utf8(window.ended_early)},
          {"observer_cost",
           {{"cpu_seconds", json_of(std::optional(window.observer_cost.cpu_seconds))},
            {"target_share", json_of(window.observer_cost.target_share)}}}};
}

Json json_of(const FactSet& facts, const Window& window) {
  Json object = Json::object();
  for (const auto& [name, fact] : facts.all()) {
    Json& json = object[utf8(name)] = json_of_fact(fact);
    const auto change = fact.number() ? change_point(fact.slices) : std::nullopt;
    if (change) json["changed_after_seconds"] = json_of(std::optional(seconds_until(*change, window)));
  }
  return object;
}

std::string dump(const Json& document) { return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace faultline::documents
