// SPDX-License-Identifier: Apache-2.0
// Who waits for mmap_lock, how long, and which calls take it for writing? Sleeps at the lock are all counted; spinning
// for it is time on a CPU, so it is in the profile.
#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "advisor/ladder/support/address_space_calls.h"
#include "advisor/ladder/support/probe_need.h"
#include "advisor/ladder/support/rung.h"

namespace faultline {
namespace {

const char* const wait_source = "BPF at lock:contention_begin and contention_end";
const char* const taker_source = "BPF at mmap_lock:mmap_lock_acquire_returned and _released in bursts";
constexpr std::array wait_facts{
    "mmap_lock.queued.seconds", "mmap_lock.read_wait.seconds", "mmap_lock.wait.p99_ns",       "mmap_lock.wait.seconds",
    "mmap_lock.waits.count",    "mmap_lock.waits.per_second",  "mmap_lock.write_wait.seconds"};
constexpr std::array taker_facts{"mmap_lock.takers", "mmap_lock.write_held.share", "mmap_lock.write_takes.per_second"};
constexpr std::size_t most_calls_named = 4;

/// The end of the slot that holds the 99th of 100; nothing without a wait.
std::optional<double> p99_ns(const host::LockWaits& waits) {
  std::uint64_t all = 0;
  for (const std::uint64_t count : waits.by_log2_ns) all += count;
  if (all == 0) return std::nullopt;
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < waits.by_log2_ns.size(); ++i) {
    below += waits.by_log2_ns[i];
    if (below * 100 >= all * 99) return static_cast<double>(std::uint64_t{2} << i);
  }
  return std::nullopt;
}

struct Holds {
  double count = 0, seconds = 0;
};

Holds sum_up(const std::vector<host::LockTaker>& takers) {
  Holds sum;
  for (const host::LockTaker& taker : takers) {
    sum.count += static_cast<double>(taker.count);
    sum.seconds += taker.held_seconds;
  }
  return sum;
}

std::string name_takers(std::vector<host::LockTaker> takers, double all_seconds) {
  std::stable_sort(takers.begin(), takers.end(),
                   [](const auto& a, const auto& b) { return a.held_seconds > b.held_seconds; });
  std::string words;
  for (std::size_t i = 0; i < takers.size() && i < most_calls_named; ++i) {
    words += fmt::format("{}{} {:.0f} %", i == 0 ? "" : ", ", name_of_taker(takers[i]),
                         100.0 * takers[i].held_seconds / all_seconds);
  }
  if (takers.size() > most_calls_named) words += fmt::format(", {} more", takers.size() - most_calls_named);
  return words;
}

class LocksRung : public Rung {
 public:
  std::string_view id() const override { return "locks"; }
  int order() const override { return 60; }

  void open(const Observation& /*seen*/) override {}

  void slice(const Observation& seen) override {
    std::optional<double> waited;
    if (seen.probes.lock_waits && seen.slice_seconds > 0) {
      const double now = seen.probes.lock_waits->read_seconds + seen.probes.lock_waits->write_seconds;
      waited = std::max(0.0, now - waited_before_);
      waited_before_ = now;
    }
    slices_.push_back(waited);
  }

  void close(const Observation& /*seen*/, double seconds) override { seconds_ = seconds; }

  RungResult result(const Observation& seen) override {
    RungResult result;
    say_waits(seen.probes, result.facts);
    say_takers(seen.probes, result.facts);
    return result;
  }

  std::vector<Need> needs(const host::Machine& machine) const override {
    using Part = host::AddressSpaceProbe::Part;
    return {probe_need(machine, Part::lock_waits, "waits at mmap_lock, BPF", "who waits for mmap_lock, and how long"),
            probe_need(machine, Part::lock_takers, "takings of mmap_lock, BPF", "which calls make others wait")};
  }

 private:
  void say_waits(const ProbeReadings& probes, std::vector<Fact>& facts) const {
    const auto& waits = probes.lock_waits;
    if (!waits || seconds_ <= 0) {
      const Error none{ErrorKind::unsupported, "", "", "the window had no length", ""};
      const Error& error = waits ? none : waits.error();
      for (const char* name : wait_facts) facts.push_back(Fact::unknown(name, error.why, error.hint));
      return;
    }
    const std::string from =
        waits->missed > 0 ? fmt::format("{}, {} not counted", wait_source, waits->missed) : std::string(wait_source);
    const auto count = static_cast<double>(waits->reads + waits->writes);
    facts.push_back(Fact::measured("mmap_lock.queued.seconds", waits->queued_seconds, from));
    facts.push_back(Fact::measured("mmap_lock.read_wait.seconds", waits->read_seconds, from));
    facts.push_back(Fact::measured("mmap_lock.write_wait.seconds", waits->write_seconds, from));
    Fact all = Fact::measured("mmap_lock.wait.seconds", waits->read_seconds + waits->write_seconds, from);
    all.slices = slices_;
    all.trend = trend_of(all.slices);
    facts.push_back(std::move(all));
    facts.push_back(Fact::measured("mmap_lock.waits.count", count, from));
    facts.push_back(Fact::measured("mmap_lock.waits.per_second", count / seconds_, from));
    const auto p99 = p99_ns(*waits);
    facts.push_back(p99 ? Fact::measured("mmap_lock.wait.p99_ns", *p99, from)
                        : Fact::unknown("mmap_lock.wait.p99_ns", "nobody waited"));
  }

  static void say_takers(const ProbeReadings& probes, std::vector<Fact>& facts) {
    const auto& takers = probes.lock_takers;
    const Holds holds = takers ? sum_up(takers->takers) : Holds{};
    if (!takers || holds.seconds <= 0 || takers->seconds <= 0) {
      const std::string reason = takers ? "nobody waited when it could be looked at" : takers.error().why;
      for (const char* name : taker_facts) {
        facts.push_back(Fact::unknown(name, reason, takers ? "" : takers.error().hint));
      }
      return;
    }
    facts.push_back(Fact::measured("mmap_lock.takers", name_takers(takers->takers, holds.seconds), taker_source));
    facts.push_back(
        Fact::measured("mmap_lock.write_held.share", std::min(1.0, holds.seconds / takers->seconds), taker_source));
    facts.push_back(Fact::measured("mmap_lock.write_takes.per_second", holds.count / takers->seconds, taker_source));
  }

  std::vector<std::optional<double>> slices_;
  double waited_before_ = 0, seconds_ = 0;
};

}  // namespace

std::unique_ptr<Rung> make_locks_rung() { return std::make_unique<LocksRung>(); }

}  // namespace faultline
