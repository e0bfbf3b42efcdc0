// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/translation.h"

#include <algorithm>

#include "advisor/measure/follows_unknown.h"
#include "advisor/measure/page_count.h"

namespace faultline::measure {
namespace {

void add_walk_time(FactSet& facts) {
  const std::string_view name = "tlb.walk.time_share";
  // The same thing in another base: its reason is the whole reason.
  if (const Fact* walks = facts.find("tlb.walk.cycle_share"); walks != nullptr && !walks->known()) {
    facts.put(Fact::unknown(name, walks->reason, walks->unlock));
    return;
  }
  const auto cycles = facts.number("tlb.walk.cycle_share");
  const auto cpu = facts.number("cpu.time.seconds");
  const auto base = facts.number("time.base.seconds");
  if (!cycles || !cpu || !base || *base <= 0) {
    facts.put(follows_unknown(facts, name, {"tlb.walk.cycle_share", "cpu.time.seconds", "time.base.seconds"}));
    return;
  }
  const double share = std::clamp(*cycles * *cpu / *base, 0.0, 1.0);
  facts.put(Fact::measured(name, share, "tlb.walk.cycle_share of the time on a CPU"));
}

void add_huge_share(FactSet& facts) {
  const std::string_view name = "thp.anon.share";
  const auto huge = facts.number("memory.anon.huge_bytes");
  const auto anon = facts.number("memory.anon_bytes");
  if (!huge || !anon) {
    facts.put(follows_unknown(facts, name, {"memory.anon.huge_bytes", "memory.anon_bytes"}));
    return;
  }
  facts.put(*anon > 0 ? Fact::measured(name, std::clamp(*huge / *anon, 0.0, 1.0),
                                       "memory.anon.huge_bytes over memory.anon_bytes")
                      : Fact::unknown(name, "the target has no anonymous memory"));
}

/// All that is resident counts as worked with, so this is the most that the TLB would have to reach.
void add_reach(const Host& host, FactSet& facts) {
  const std::string_view name = "tlb.reach.pages_per_entry";
  const auto resident = facts.number("memory.rss_bytes");
  const auto huge = facts.number("memory.anon.huge_bytes");
  const auto entries = facts.number("tlb.second_level.entries");
  if (!resident || !huge || !entries || *entries <= 0) {
    facts.put(follows_unknown(facts, name, {"tlb.second_level.entries", "memory.rss_bytes", "memory.anon.huge_bytes"}));
    return;
  }
  const double pages = page_count(host, std::max(0.0, *resident - *huge), *huge);
  facts.put(Fact::estimated(name, pages / *entries, "resident pages, small and huge, over tlb.second_level.entries"));
}

}  // namespace

void add_translation_facts(const Host& host, FactSet& facts) {
  add_walk_time(facts);
  add_huge_share(facts);
  add_reach(host, facts);
}

}  // namespace faultline::measure
