// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "advisor/diagnosis/rule.h"
#include "advisor/diagnosis/rule_reader.h"
#include "advisor/fixes/support/fix.h"
#include "advisor/model/fact.h"

namespace faultline::diagnosis {

inline FactSet measured(std::initializer_list<std::pair<const char*, double>> numbers) {
  FactSet facts;
  for (const auto& [name, value] : numbers) facts.put(Fact::measured(name, value, "test"));
  return facts;
}

/// Adds to or replaces numbers of a set.
inline FactSet with(FactSet facts, std::initializer_list<std::pair<const char*, double>> numbers) {
  for (const auto& [name, value] : numbers) facts.put(Fact::measured(name, value, "test"));
  return facts;
}

inline const std::vector<std::string> test_fixes = {"keep-heap", "raise-cpu-quota"};

/// A small rule as text; `extra` are further top-level keys.
inline std::string rule_text(const std::string& id, const std::string& cause, const std::string& cost,
                             const std::string& extra = {}) {
  return "id: " + id + "\ncause: " + cause + "\ntitle: T\ncost: " + cost +
         "\nmoves: {from: a, to: b, price: c}\nsources: [s]\n" +
         (extra.find("when:") == std::string::npos ? "when: {fact: " + cost + ", above: 0}\n" : "") + extra;
}

inline Rule rule(const std::string& text) {
  const std::string id = text.substr(4, text.find('\n') - 4);
  RuleReading reading = read_rule(text, "policies/" + id + ".yaml", test_fixes);
  for (const auto& error : reading.errors) ADD_FAILURE() << error.where << ": " << error.why << " " << error.hint;
  return std::move(reading.rule);
}

/// Records what it was asked and proposes one variable.
class FakeFix : public Fix {
 public:
  explicit FakeFix(std::string id) : id_(std::move(id)) {}
  [[nodiscard]] std::string_view id() const override { return id_; }
  [[nodiscard]] std::string_view summary() const override { return "fake"; }
  [[nodiscard]] std::string_view description() const override { return "fake"; }
  [[nodiscard]] Proposal propose(const Snapshot& /*snapshot*/,
                                 const std::map<std::string, double>& parameters) const override {
    Proposal proposal;
    proposal.fix = id_;
    for (const auto& [name, value] : parameters) proposal.notes.push_back(name + "=" + std::to_string(value));
    proposal.settings.emplace_back(EnvironmentVariable{"FAKE", id_});
    return proposal;
  }

 private:
  std::string id_;
};

inline std::vector<std::unique_ptr<Fix>> fake_fixes() {
  std::vector<std::unique_ptr<Fix>> fixes;
  for (const auto& id : test_fixes) fixes.push_back(std::make_unique<FakeFix>(id));
  return fixes;
}

}  // namespace faultline::diagnosis
