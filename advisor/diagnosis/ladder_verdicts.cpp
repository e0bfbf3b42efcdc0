// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <fmt/format.h>
#include <limits>

#include "advisor/diagnosis/diagnose.h"
#include "advisor/diagnosis/expression.h"
#include "advisor/diagnosis/wording.h"

namespace faultline::diagnosis {
namespace {

constexpr double never = std::numeric_limits<double>::infinity();

/// From where on a rung is hot. The first row of a rung decides whether the rung was seen at all. 35 000 faults a CPU
/// second are about 5 % of it at 1.4 us a fault; the shares are the limit of a medium finding.
struct HotLimit {
  std::string_view rung;
  std::string_view quantity;
  double limit;
};
constexpr auto hot_limits = std::to_array<HotLimit>({
    {"counters", "faults.minor.count / cpu.time.seconds", 35000},
    {"counters", "faults.major.per_second", 10},
    {"numa", "numa.remote.share", never},
    {"numa", "numa.time_share", 0.05},
    // A workload matter: the profile's rung says what it costs.
    {"allocations", "allocations.per_second", never},
    {"tlb", "tlb.walk.time_share", 0.05},
    {"profile", "profile.fault_path.share", 0.05},
    {"profile", "profile.give_back.share", 0.05},
    {"profile", "profile.reclaim.share", 0.05},
    {"profile", "profile.allocator.share", 0.20},
    {"faults", "faults.refault.time_share", 0.05},
    {"faults", "faults.first_touch.time_share", 0.05},
    {"faults", "faults.file.time_share", 0.05},
    {"memory", "memory.rss_bytes", never},
    {"memory", "memory.swap_bytes / memory.rss_bytes", 0.10},
    {"locks", "mmap_lock.time_share", 0.05},
    {"throttling", "throttling.time_share", 0.01},
    {"throttling", "throttling.throttled.share", 0.10},
    {"scheduling", "sched.queue.time_share", 0.05},
});

RungVerdict judge_rung(std::string_view rung, const FactSet& facts, const std::string& summary) {
  RungVerdict verdict{std::string(rung), RungState::ok, summary};
  bool is_first = true;
  for (const auto& row : hot_limits) {
    if (row.rung != rung) continue;
    const auto quantity = parse_expression(row.quantity);
    if (!quantity) return {std::string(rung), RungState::unknown, quantity.error().why};
    const Evaluated value = evaluate(*quantity, facts);
    if (value.value && *value.value >= row.limit) verdict.state = RungState::hot;
    if (!value.value && is_first && verdict.state == RungState::ok) {
      verdict.state = RungState::unknown;
      const Fact* fact = value.missing.empty() ? nullptr : facts.find(value.missing.front());
      const bool has_reason = fact != nullptr && !fact->reason.empty();
      verdict.summary = value.missing.empty() ? "the target did not run"
                        : has_reason          ? fact->reason
                                              : fmt::format("{} is not in the snapshot", value.missing.front());
    }
    is_first = false;
  }
  if (verdict.state == RungState::hot) verdict.summary = summary;
  return verdict;
}

/// "TEXT with the fact in it" where the fact is known and not zero.
void add(std::string& summary, const FactSet& facts, std::string_view fact, std::string_view text) {
  const auto value = facts.number(fact);
  if (!value || *value == 0) return;
  summary += fmt::format("{}{} {}", summary.empty() ? "" : ", ", fact_words(facts, fact), text);
}

std::string counters_summary(const FactSet& facts) {
  std::string summary = fact_words(facts, "faults.minor.per_second") + " minor faults";
  add(summary, facts, "faults.major.per_second", "major");
  return summary;
}

std::string allocations_summary(const FactSet& facts) {
  std::string summary = fact_words(facts, "allocations.per_second") + " allocations";
  add(summary, facts, "allocations.ns_each", "each");
  add(summary, facts, "faults.per_allocation", "minor faults each");
  if (facts.number("allocations.size.p50_bytes")) {
    summary += ", half of them up to " + fact_words(facts, "allocations.size.p50_bytes");
  }
  add(summary, facts, "allocations.of_mapped_size.share", "of 128 KiB or more");
  return summary;
}

std::string tlb_summary(const FactSet& facts) {
  std::string summary = fact_words(facts, "tlb.walk.time_share") + " of time in page walks";
  add(summary, facts, "tlb.dtlb_load_miss.share", "of loads miss the TLB");
  return summary;
}

std::string profile_summary(const FactSet& facts) {
  std::string summary = fact_words(facts, "profile.fault_path.share") + " of samples in the page-fault path";
  add(summary, facts, "profile.give_back.share", "giving memory back");
  add(summary, facts, "profile.allocator.share", "in the allocator");
  add(summary, facts, "profile.reclaim.share", "in direct reclaim");
  return summary;
}

std::string faults_summary(const FactSet& facts) {
  std::string summary = fact_words(facts, "faults.refault.time_share") + " of time on refaults";
  add(summary, facts, "faults.first_touch.time_share", "on first touch");
  add(summary, facts, "faults.file.time_share", "on files");
  add(summary, facts, "faults.refault.share", "of anonymous faults not explained by growth");
  add(summary, facts, "faults.same_page.share", "of watched faults on the same page again");
  return summary;
}

std::string memory_summary(const FactSet& facts) {
  const auto mapped = facts.number("memory.mapped_bytes");
  const auto resident = facts.number("memory.rss_bytes");
  std::string summary = fact_words(facts, "memory.rss_bytes") + " resident";
  if (mapped && resident && *resident > 0) summary += fmt::format(", mapped {:.1f} × resident", *mapped / *resident);
  add(summary, facts, "memory.anon.growth_bytes", "growth");
  add(summary, facts, "memory.swap_bytes", "in swap");
  add(summary, facts, "thp.anon.share", "of anonymous memory in huge pages");
  add(summary, facts, "thp.stalls.per_second", "waits for compaction on the host");
  return summary;
}

std::string throttling_summary(const FactSet& facts) {
  const auto periods = facts.number("throttling.periods.count");
  const auto share = facts.number("throttling.throttled.share");
  if (periods == 0.0) return "no CPU quota was counted";
  if (!periods || !share) return fact_words(facts, "throttling.time_share") + " of time stopped by a quota";
  std::string summary = fmt::format("{:.0f} of {:.0f} periods", *share * *periods, *periods);
  add(summary, facts, "throttling.time_share", "of time stopped by the quota");
  return summary;
}

std::string scheduling_summary(const FactSet& facts) {
  std::string summary = fact_words(facts, "sched.queue.time_share") + " of time queueing for a CPU";
  add(summary, facts, "sched.neighbours.wait_share", "of it behind others");
  add(summary, facts, "sched.neighbours.cores", "used by others");
  add(summary, facts, "sched.steal.share", "stolen by the hypervisor");
  return summary;
}

RungVerdict numa_verdict(const FactSet& facts) {
  if (facts.number("host.numa_nodes") == 1.0) return {"numa", RungState::ok, "one node"};
  std::string summary = fact_words(facts, "numa.remote.share") + " of memory is remote to the threads";
  add(summary, facts, "numa.misplaced.share", "misplaced");
  const auto pages = facts.number("numa.pages_migrated.per_second");
  if (pages && *pages >= 1) add(summary, facts, "numa.pages_migrated.per_second", "pages moved by the kernel");
  return judge_rung("numa", facts, summary);
}

std::string locks_summary(const FactSet& facts) {
  std::string summary = fact_words(facts, "mmap_lock.time_share") + " of time waits for mmap_lock";
  add(summary, facts, "mmap_lock.waits.per_second", "waits");
  if (const auto takers = facts.text("mmap_lock.takers")) summary += ", held by " + *takers;
  return summary;
}

RungVerdict locks_verdict(const FactSet& facts) {
  RungVerdict verdict = judge_rung("locks", facts, locks_summary(facts));
  // A single thread has nobody to wait for at its mmap_lock.
  const bool alone = facts.number("process.threads.count") == 1.0;
  if (alone && verdict.state == RungState::unknown) return {"locks", RungState::ok, "one thread"};
  return verdict;
}

}  // namespace

std::vector<RungVerdict> judge_ladder(const Snapshot& snapshot) {
  const FactSet& facts = snapshot.facts;
  return {
      judge_rung("counters", facts, counters_summary(facts)),
      judge_rung("allocations", facts, allocations_summary(facts)),
      judge_rung("tlb", facts, tlb_summary(facts)),
      numa_verdict(facts),
      judge_rung("profile", facts, profile_summary(facts)),
      judge_rung("faults", facts, faults_summary(facts)),
      judge_rung("memory", facts, memory_summary(facts)),
      locks_verdict(facts),
      judge_rung("throttling", facts, throttling_summary(facts)),
      judge_rung("scheduling", facts, scheduling_summary(facts)),
  };
}

}  // namespace faultline::diagnosis
