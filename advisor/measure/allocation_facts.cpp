// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/allocation_facts.h"

#include <string>

#include "advisor/measure/follows_unknown.h"

namespace faultline::measure {
namespace {

const char* const calls = "allocations.per_second";

void add_calls(FactSet& facts) {
  const auto rate = facts.number("allocations.per_cpu_second");
  const auto cores = facts.number("cpu.busy.cores");
  if (!rate || !cores) {
    facts.put(follows_unknown(facts, calls, {"allocations.per_cpu_second", "cpu.busy.cores"}));
    return;
  }
  const std::string source = facts.find("allocations.per_cpu_second")->source;
  facts.put(Fact::estimated(calls, *rate * *cores, source + "; times cpu.busy.cores"));
}

void add_faults_each(FactSet& facts) {
  const std::string_view name = "faults.per_allocation";
  const auto faults = facts.number("faults.minor.per_second");
  const auto rate = facts.number(calls);
  if (!faults || !rate) {
    facts.put(follows_unknown(facts, name, {"faults.minor.per_second", calls}));
  } else if (*rate <= 0) {
    facts.put(Fact::unknown(name, "the allocator was not called while it was probed"));
  } else {
    facts.put(Fact::estimated(name, *faults / *rate, "faults.minor.per_second over allocations.per_second"));
  }
}

/// The allocator's part of the samples is of the time on a CPU.
void add_cost_each(FactSet& facts) {
  const std::string_view name = "allocations.ns_each";
  const auto share = facts.number("profile.allocator.share");
  const auto cpu = facts.number("cpu.time.seconds");
  const auto window = facts.number("window.seconds");
  const auto rate = facts.number(calls);
  if (!share || !cpu || !window || !rate) {
    facts.put(follows_unknown(facts, name, {calls, "profile.allocator.share", "cpu.time.seconds", "window.seconds"}));
  } else if (*rate <= 0 || *window <= 0) {
    facts.put(Fact::unknown(name, "the allocator was not called while it was probed"));
  } else {
    facts.put(Fact::estimated(name, *share * *cpu / (*rate * *window) * 1e9,
                              "profile.allocator.share of cpu.time.seconds over allocations.per_second"));
  }
}

}  // namespace

void add_allocation_facts(FactSet& facts) {
  add_calls(facts);
  add_faults_each(facts);
  add_cost_each(facts);
}

}  // namespace faultline::measure
