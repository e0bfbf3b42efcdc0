// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/support/audited.h"

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include "advisor/facts/catalogue.h"
#include "tests/contract/support/run.h"
#include "tests/unit/advisor/support/temporary_tree.h"

namespace faultline::test {
namespace {

using nlohmann::json;

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// By an independent validator where there is one (package python3-jsonschema).
std::string flaws_by_schema(const TemporaryTree& folder, const std::string& document) {
  const std::string command = "/usr/bin/python3 -W ignore -m jsonschema -i '" +
                              folder.write("/document.json", document) +
                              "' '" FAULTLINE_SOURCE_DIR "/advisor/documents/schemas/audit.v1.schema.json' >'" +
                              folder.real("/verdict") + "' 2>&1";
  const int status = std::system(command.c_str());  // NOLINT(cert-env33-c): fixed text, paths of our own
  constexpr int no_python = 127;
  if (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == no_python)) return "";
  const std::string verdict = text_of(folder.real("/verdict"));
  return verdict.find("No module named") != std::string::npos ? "" : verdict.substr(0, 400) + "\n";
}

std::string flaws_of_facts(const json& facts) {
  std::string flaws;
  for (const auto& spec : facts::catalogue()) {
    const std::string name(spec.name);
    if (!facts.contains(name)) {
      flaws += name + " is not said\n";
    } else if (facts[name]["quality"] == "unknown" && facts[name].value("reason", "").empty()) {
      flaws += name + " is unknown without a reason\n";
    }
  }
  return flaws;
}

std::map<std::string, std::string> flattened(const json& target) {
  std::map<std::string, std::string> values;
  const json flat = target.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    values[pointer.substr(1)] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return values;
}

std::string stacks_of(const std::string& snapshot) {
  const json document = json::parse(text_of(snapshot), nullptr, false);
  std::string stacks;
  if (document.is_discarded() || !document.contains("stacks")) return stacks;
  const json flat = document["stacks"].flatten();
  for (const auto& [place, frames] : flat.items()) {
    if (frames.is_string()) stacks += frames.get<std::string>() + "\n";
  }
  return stacks;
}

}  // namespace

std::string Audited::said(const std::string& place) const {
  const auto at = values_.find(place);
  return at == values_.end() ? "" : at->second;
}

std::optional<std::string> Audited::text(const std::string& fact) const {
  if (why_unknown(fact) != "known") return std::nullopt;
  return said("facts/" + fact + "/value");
}

std::optional<double> Audited::number(const std::string& fact) const {
  const auto value = text(fact);
  return value ? std::optional(std::strtod(value->c_str(), nullptr)) : std::nullopt;
}

std::string Audited::why_unknown(const std::string& fact) const {
  const std::string place = "facts/" + fact;
  if (said(place + "/quality") != "unknown") return said(place + "/quality").empty() ? "not said" : "known";
  return said(place + "/reason") + " | " + said(place + "/unlock");
}

Audited audit(const std::vector<std::string>& arguments, const std::function<bool()>& prepare) {
  const TemporaryTree folder;
  std::vector<std::string> words{"audit", "--format", "json"};
  // Another user may not write into our folder; a command that is audited writes to the same standard output.
  const bool has_files = !prepare;
  if (has_files) {
    words.insert(words.end(), {"--save-snapshot", folder.real("/snapshot.json"), "-o", folder.real("/audit.json")});
  }
  words.insert(words.end(), arguments.begin(), arguments.end());
  const Outcome outcome = run_faultline(words, prepare);
  Audited audited;
  audited.exit_code = outcome.exit_code;
  audited.err = outcome.err;
  const std::string text = has_files ? text_of(folder.real("/audit.json")) : outcome.out;
  const json document = json::parse(text, nullptr, false);
  if (document.is_discarded() || !document.contains("targets") || document["targets"].size() != 1) {
    audited.flaws = "no document with one target: " + text.substr(0, 200);
    return audited;
  }
  const json& target = document["targets"][0];
  audited.flaws = flaws_by_schema(folder, text);
  if (target.contains("facts")) audited.flaws += flaws_of_facts(target["facts"]);
  audited.values_ = flattened(target);
  if (has_files) audited.stacks = stacks_of(folder.real("/snapshot.json"));
  return audited;
}

}  // namespace faultline::test
