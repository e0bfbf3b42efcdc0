// SPDX-License-Identifier: Apache-2.0
// Who waits for mmap_lock, how long, and which calls take it for writing? Sleeps at the lock are all counted, or in
// short looks where there are very many; spinning for it is time on a CPU, so it is in the profile.
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
constexpr std::array wait_facts{"mmap_lock.queued.seconds",   "mmap_lock.read_wait.seconds",
                                "mmap_lock.wait.p99_ns",      "mmap_lock.wait.seconds",
                                "mmap_lock.waits.count",      "mmap_lock.waits.per_second",
                                "mmap_lock.waits.seen.count", "mmap_lock.write_wait.seconds"};
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

std::string source_of(const WatchedWaits& waits) {
  std::string source = wait_source;
  if (!waits.is_whole()) source += fmt::format(", in looks of {:.2g} s together", waits.seconds);
  if (waits.seen.missed > 0) source += fmt::format(", {} not counted", waits.seen.missed);
  return source;
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
    if (const auto& waits = seen.probes.lock_waits; waits && waits->seconds > watched_before_) {
      const double now = waits->seen.read_seconds + waits->seen.write_seconds;
      const double part = (waits->seconds - watched_before_) / (waits->of_seconds - passed_before_);
      waited = std::max(0.0, now - waited_before_) / std::min(1.0, part);
      waited_before_ = now;
      watched_before_ = waits->seconds;
      passed_before_ = waits->of_seconds;
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
    const host::LockWaits& seen = waits->seen;
    const std::string from = source_of(*waits);
    const auto count = static_cast<double>(seen.reads + seen.writes);
    const auto say = [&](const char* name, double value) {
      return waits->is_whole() ? Fact::measured(name, value, from)
                               : Fact::estimated(name, value * waits->scale(), from);
    };
    facts.push_back(say("mmap_lock.queued.seconds", seen.queued_seconds));
    facts.push_back(say("mmap_lock.read_wait.seconds", seen.read_seconds));
    facts.push_back(say("mmap_lock.write_wait.seconds", seen.write_seconds));
    Fact all = say("mmap_lock.wait.seconds", seen.read_seconds + seen.write_seconds);
    all.slices = slices_;
    all.trend = trend_of(all.slices);
    facts.push_back(std::move(all));
    facts.push_back(Fact::measured("mmap_lock.waits.seen.count", count, from));
    facts.push_back(say("mmap_lock.waits.count", count));
    facts.push_back(say("mmap_lock.waits.per_second", count / seconds_));
    const auto p99 = p99_ns(seen);
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
  double waited_before_ = 0, watched_before_ = 0, passed_before_ = 0, seconds_ = 0;
};

}  // namespace

std::unique_ptr<Rung> make_locks_rung() { return std::make_unique<LocksRung>(); }

}  // namespace faultline
