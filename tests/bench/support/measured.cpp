// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/measured.h"

#include <cstdio>
#include <ctime>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/bench/support/command.h"

namespace faultline::bench {
namespace {

/// "2026-11-25T10:26:31.123Z" to seconds since the epoch.
double seconds_since_epoch(const std::string& utc) {
  std::tm parts{};
  double seconds = 0;
  if (std::sscanf(utc.c_str(), "%d-%d-%dT%d:%d:%lfZ", &parts.tm_year, &parts.tm_mon, &parts.tm_mday, &parts.tm_hour,
                  &parts.tm_min, &seconds) != 6) {
    throw std::runtime_error("no UTC time: " + utc);
  }
  if (utc.find('.') == std::string::npos) throw std::runtime_error("a time without milliseconds: " + utc);
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  return static_cast<double>(::timegm(&parts)) + seconds;
}

}  // namespace

std::optional<double> Measured::fact(const std::string& name) const {
  const auto it = facts.find(name);
  return it == facts.end() ? std::nullopt : std::optional(it->second);
}

Measured read_document(const std::string& json) {
  const nlohmann::json document = nlohmann::json::parse(json);
  const nlohmann::json& target = document.contains("targets") ? document.at("targets").at(0) : document;
  const nlohmann::json& window = target.at("window");
  Measured measured;
  measured.opened = seconds_since_epoch(window.at("start"));
  measured.seconds = window.at("seconds");
  for (const auto& [name, fact] : target.at("facts").items()) {
    if (fact.at("value").is_number()) measured.facts[name] = fact.at("value");
  }
  return measured;
}

Measured measure(pid_t pid, int seconds, const std::vector<std::string>& options) {
  std::vector<std::string> command{faultline_program(), "measure", fmt::format("pid:{}", pid), "--window",
                                   fmt::format("{}s", seconds)};
  command.insert(command.end(), options.begin(), options.end());
  const Finished finished = run(command, seconds + 60.0);
  if (finished.exit_code != 0) throw std::runtime_error(describe(command, finished));
  return read_document(finished.out);
}

}  // namespace faultline::bench
