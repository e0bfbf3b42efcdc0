// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "advisor/fixes/support/fix.h"
#include "advisor/model/snapshot.h"

namespace faultline {

inline constexpr double mib = 1024.0 * 1024;

inline void set(Snapshot& snapshot, const char* fact, FactValue value) {
  snapshot.facts.put(Fact::measured(fact, std::move(value), std::string(fact) + "'s source"));
}
inline void forget(Snapshot& snapshot, const char* fact) {
  snapshot.facts.put(Fact::unknown(fact, "no permission", "run as root"));
}

/// A threaded native program whose arenas trim after every request: what keep-heap is for.
inline Snapshot trimming_service() {
  Snapshot snapshot;
  snapshot.target = "rewards.service";
  snapshot.host.architecture = "x86_64";
  snapshot.host.cpus = 8;
  snapshot.host.page_bytes = 4096;
  snapshot.process.cgroup = "/system.slice/rewards.service";
  Unit unit;
  unit.id = "rewards.service";
  unit.load_state = "loaded";
  unit.control_group = "/system.slice/rewards.service";
  snapshot.unit = unit;
  set(snapshot, "runtime.kind", std::string("native"));
  set(snapshot, "runtime.libc", std::string("glibc 2.36"));
  set(snapshot, "runtime.linkage", std::string("dynamic"));
  set(snapshot, "allocator.kind", std::string("glibc"));
  set(snapshot, "allocator.arenas", 9.0);
  set(snapshot, "allocator.heap_keeps_memory", false);
  set(snapshot, "process.secure", false);
  set(snapshot, "process.threads.count", 8.0);
  set(snapshot, "host.overcommit_strict", false);
  set(snapshot, "host.cpus", 8.0);
  set(snapshot, "memory.locked_bytes", 0.0);
  set(snapshot, "memory.rss_bytes", 220 * mib);
  set(snapshot, "memory.anon_bytes", 200 * mib);
  set(snapshot, "memory.anon.peak_bytes", 400 * mib);
  set(snapshot, "memory.hwm_bytes", 420 * mib);
  set(snapshot, "memory.headroom_bytes", 1024 * mib);
  set(snapshot, "heap.give_back.by_allocator.share", 1.0);
  set(snapshot, "faults.refault.pages", 900000.0);
  set(snapshot, "faults.minor.count", 1000000.0);
  return snapshot;
}

inline Proposal propose(const std::string& id, const Snapshot& snapshot,
                        const std::map<std::string, double>& parameters = {}) {
  const auto fixes = all_fixes();
  const auto it = std::find_if(fixes.begin(), fixes.end(), [&](const auto& fix) { return fix->id() == id; });
  if (it == fixes.end()) {
    ADD_FAILURE() << "there is no fix " << id;
    return {};
  }
  return (*it)->propose(snapshot, parameters);
}

/// The reason of a refusal; empty when there is none.
inline std::string why_not(const Proposal& proposal) {
  if (proposal.refused) {
    EXPECT_TRUE(proposal.settings.empty()) << "a refused fix has no settings";
  }
  return proposal.refused.value_or("");
}

/// "NAME=value" of the variables, "quota=cores" of a quota.
inline std::vector<std::string> settings_of(const Proposal& proposal) {
  std::vector<std::string> texts;
  for (const Setting& setting : proposal.settings) {
    if (const auto* variable = std::get_if<EnvironmentVariable>(&setting)) {
      texts.push_back(variable->name + "=" + variable->value);
    } else {
      texts.push_back("quota=" + std::to_string(std::get<CpuQuota>(setting).cores));
    }
  }
  return texts;
}

}  // namespace faultline
