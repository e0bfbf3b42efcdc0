// SPDX-License-Identifier: Apache-2.0
// Does the TLB hold what the target works with? Only the CPU's own counters tell; without them it is unknown.
#include <algorithm>
#include <optional>
#include <utility>

#include "advisor/host/tlb_size.h"
#include "advisor/ladder/support/tlb_rung.h"

namespace faultline {
namespace {

class TlbRung : public Rung {
 public:
  explicit TlbRung(host::OpenPmu open_pmu) : open_pmu_(std::move(open_pmu)) {}

  std::string_view id() const override { return "tlb"; }
  int order() const override { return 15; }

  void open(const Observation& seen) override {
    auto counters = open_pmu_(seen.files(), seen.watch.living());
    if (counters) {
      counters_ = std::move(*counters);
    } else {
      error_ = counters.error();
    }
  }

  // The first slice only: a counter of a task costs it at each context switch.
  void slice(const Observation& seen) override { stop(seen.slice_seconds); }
  void close(const Observation& /*seen*/, double seconds) override { stop(seconds); }

  RungResult result(const Observation& /*seen*/) override {
    RungResult result;
    say_counts(result.facts);
    const char* entries_name = "tlb.second_level.entries";
    const auto entries = host::second_level_dtlb_entries();
    result.facts.push_back(entries ? Fact::measured(entries_name, static_cast<double>(*entries), "cpuid")
                                   : Fact::unknown(entries_name, "the CPU or the hypervisor does not tell"));
    return result;
  }

  std::vector<Need> needs(const host::Machine& machine) const override {
    return {{"hardware counters (PMU)", machine.abilities.has_pmu, "TLB misses and page walks",
             "a host or a machine type that passes the PMU on to its guests"}};
  }

 private:
  void stop(double seconds) {
    if (!counters_) return;
    counts_ = counters_->read();
    seconds_ = seconds;
    counters_.reset();
  }

  void say_counts(std::vector<Fact>& facts) const {
    const auto say = [&](const char* name, std::optional<double> value, const char* source) {
      facts.push_back(value ? Fact::measured(name, *value, source) : Fact::unknown(name, why(), error_.hint));
    };
    const auto share_of = [](std::optional<double> part, std::optional<double> whole) -> std::optional<double> {
      if (!part || !whole || *whole <= 0) return std::nullopt;
      return std::clamp(*part / *whole, 0.0, 1.0);
    };
    const bool has_rate = counts_.dtlb_load_misses && seconds_ > 0;
    say("tlb.dtlb_load_misses.per_second",
        has_rate ? std::optional(*counts_.dtlb_load_misses / seconds_) : std::nullopt,
        "perf:dTLB-load-misses, first slice");
    say("tlb.dtlb_load_miss.share", share_of(counts_.dtlb_load_misses, counts_.dtlb_loads),
        "perf:dTLB-load-misses over dTLB-loads, first slice");
    say("tlb.walk.cycle_share", share_of(counts_.walk_cycles, counts_.cycles),
        "perf:DTLB_LOAD_MISSES.WALK_ACTIVE over cycles, first slice");
  }

  [[nodiscard]] std::string why() const {
    if (!error_.why.empty()) return error_.why;
    if (counts_.cycles == 0.0) return "the target did not run while the CPU's events were counted";
    return "this CPU does not count it, or not by an event that is known";
  }

  host::OpenPmu open_pmu_;
  std::unique_ptr<host::PmuCounters> counters_;
  host::PmuCounts counts_;
  Error error_;
  double seconds_ = 0;
};

}  // namespace

std::unique_ptr<Rung> make_tlb_rung() { return make_tlb_rung(host::open_pmu); }

std::unique_ptr<Rung> make_tlb_rung(host::OpenPmu open_pmu) { return std::make_unique<TlbRung>(std::move(open_pmu)); }

}  // namespace faultline
