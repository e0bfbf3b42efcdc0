// SPDX-License-Identifier: Apache-2.0
// How often is the allocator called, and for how much? From short bursts in which the entries of its functions are
// probed: what that costs is measured before, kept to a budget and taken out of the rate again.
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <numeric>

#include "advisor/host/hit_cost.h"
#include "advisor/ladder/support/allocation_rate.h"
#include "advisor/ladder/support/probe_need.h"
#include "advisor/ladder/support/rung.h"

namespace faultline {
namespace {

constexpr std::array count_facts{"allocations.hit_ns", "allocations.probed.count", "allocations.where"};
constexpr std::array size_facts{"allocations.of_mapped_size.share", "allocations.size.p50_bytes",
                                "allocations.size.p99_bytes"};
constexpr const char* rate_fact = "allocations.per_cpu_second";
constexpr std::array rate_facts{"allocations.drag.share", "allocations.error.share", "allocations.least_per_cpu_second",
                                rate_fact};

// glibc takes a mapping of its own for a block from here on (mallopt(3), M_MMAP_THRESHOLD), until it learns otherwise.
constexpr std::size_t log2_mapped_bytes = 17;
// Fewer calls are no share of anything, and less time than this is no rate.
constexpr std::uint64_t enough_calls = 30;
constexpr double enough_cpu_seconds = 1e-3;

/// The upper edge of the power of two in which the part `rank` of the calls is reached.
double size_at(const host::AllocationCounts& counts, double rank) {
  const double wanted = rank * static_cast<double>(counts.counted);
  double below = 0;
  for (std::size_t i = 0; i < counts.by_log2_bytes.size(); ++i) {
    below += static_cast<double>(counts.by_log2_bytes[i]);
    if (below >= wanted) return std::ldexp(1.0, static_cast<int>(i) + 1);
  }
  return std::ldexp(1.0, static_cast<int>(counts.by_log2_bytes.size()));
}

ProbedTime whole(const WatchedAllocations& watched) {
  ProbedTime sum;
  for (const AllocationBurst& burst : watched.bursts) {
    sum.add(burst.once);
    sum.add(burst.twice);
  }
  return sum;
}

std::string source_of(const WatchedAllocations& watched) {
  std::string text =
      fmt::format("uprobes in {} bursts of {:.0f} ms together", watched.bursts.size(), whole(watched).seconds * 1e3);
  if (watched.processes < watched.of_processes) {
    text += fmt::format("; the {} busiest of {} processes", watched.processes, watched.of_processes);
  }
  if (!watched.left_out.empty()) text += fmt::format("; without {}, which may not be probed", watched.left_out);
  return text;
}

class AllocationsRung : public Rung {
 public:
  std::string_view id() const override { return "allocations"; }
  int order() const override { return 12; }

  void open(const Observation& /*seen*/) override {}
  void close(const Observation& /*seen*/, double /*seconds*/) override {}

  RungResult result(const Observation& seen) override {
    RungResult result;
    const auto& watched = seen.probes.allocations;
    if (!watched) {
      for (const char* name : count_facts) say_unknown(result.facts, name, watched.error().why, watched.error().hint);
      for (const char* name : size_facts) say_unknown(result.facts, name, watched.error().why, watched.error().hint);
      for (const char* name : rate_facts) say_unknown(result.facts, name, watched.error().why, watched.error().hint);
      return result;
    }
    say_rate(*watched, result.facts);
    say_sizes(*watched, result.facts);
    return result;
  }

  std::vector<Need> needs(const host::Machine& machine) const override {
    Need need{"calls of the allocator, BPF uprobes", false, "how often the allocator is called and what a call costs",
              ""};
    auto probe = host::AddressSpaceProbe::open(machine, 1);
    const auto cost =
        probe ? host::measure_hit_cost(*probe, machine) : Result<host::HitCost>(tl::unexpect, probe.error());
    need.there = cost.has_value();
    if (!cost) need.unlock = cost.error().hint.empty() ? cost.error().why : cost.error().why + ": " + cost.error().hint;
    return {std::move(need)};
  }

 private:
  static void say_unknown(std::vector<Fact>& facts, std::string_view name, std::string_view reason,
                          std::string_view unlock) {
    facts.push_back(Fact::unknown(name, reason, unlock));
  }

  static void say_rate(const WatchedAllocations& watched, std::vector<Fact>& facts) {
    const ProbedTime all = whole(watched);
    const double clocked = all.cpu_seconds + watched.unclocked_cpu_seconds;
    const AllocationRate rate =
        allocation_rate(watched.bursts, watched.hit_seconds, clocked > 0 ? watched.unclocked_cpu_seconds / clocked : 0);
    facts.push_back(Fact::measured(
        "allocations.hit_ns", rate.hit_seconds * 1e9,
        rate.is_compared ? "calls of the target, and of a function of our own" : "calls of a function of our own"));
    facts.push_back(
        Fact::measured("allocations.probed.count", static_cast<double>(watched.counts.hits), "BPF at uprobes"));
    facts.push_back(Fact::measured("allocations.where", watched.where, "symbols of the mapped files"));
    if (all.cpu_seconds < enough_cpu_seconds) {
      for (const char* name : rate_facts) {
        say_unknown(facts, name, "the target hardly ran while it was probed", "--window 60s");
      }
      return;
    }
    const std::string source =
        fmt::format("{}, a hit costs {:.0f} ns here", source_of(watched), rate.hit_seconds * 1e9);
    facts.push_back(Fact::estimated("allocations.drag.share", rate.drag, source));
    facts.push_back(Fact::estimated("allocations.least_per_cpu_second", rate.least_per_cpu_second, source));
    if (rate.error) {
      facts.push_back(Fact::estimated("allocations.error.share", *rate.error, source));
    } else {
      say_unknown(facts, "allocations.error.share", "too few bursts, or nearly all of their time was the probes'",
                  "--window 10s or longer");
    }
    if (!rate.is_known) {
      // A bound is no rate: what is paid for each call would come out too dear by as much as it is too low.
      say_unknown(facts, rate_fact,
                  fmt::format("{} bursts leave it too uncertain: at least {:.0f} a CPU second", watched.bursts.size(),
                              rate.least_per_cpu_second),
                  "--window 60s, on a machine where a probe costs less");
      return;
    }
    facts.push_back(
        Fact::estimated(rate_fact, rate.per_cpu_second,
                        fmt::format("{}; up to {:.0f} % off", source, std::max(1.0, std::ceil(100 * *rate.error)))));
  }

  static void say_sizes(const WatchedAllocations& watched, std::vector<Fact>& facts) {
    const host::AllocationCounts& counts = watched.counts;
    if (counts.counted < enough_calls) {
      for (const char* name : size_facts) {
        say_unknown(facts, name, "too few allocations while they were watched", "--window 60s");
      }
      return;
    }
    const auto* const large = counts.by_log2_bytes.begin() + log2_mapped_bytes;
    const auto mapped = std::accumulate(large, counts.by_log2_bytes.end(), std::uint64_t{0});
    const std::string source = source_of(watched);
    facts.push_back(Fact::estimated("allocations.of_mapped_size.share",
                                    static_cast<double>(mapped) / static_cast<double>(counts.counted), source));
    const std::string rounded = source + "; to the next power of two";
    facts.push_back(Fact::estimated("allocations.size.p50_bytes", size_at(counts, 0.50), rounded));
    facts.push_back(Fact::estimated("allocations.size.p99_bytes", size_at(counts, 0.99), rounded));
  }
};

}  // namespace

std::unique_ptr<Rung> make_allocations_rung() { return std::make_unique<AllocationsRung>(); }

}  // namespace faultline
