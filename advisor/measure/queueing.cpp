// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/queueing.h"

#include <algorithm>
#include <optional>
#include <string>

#include "advisor/measure/follows_unknown.h"

namespace faultline::measure {
namespace {

const char* const split_source = "sched.queue.time_share by who ran meanwhile on the allowed CPUs";

/// Ready and not running, less what a quota explains: each wait is billed once.
void add_queue(FactSet& facts) {
  const std::string_view name = "sched.queue.time_share";
  const auto wait = facts.number("time.wait.share");
  const auto throttled = facts.number("throttling.time_share");
  if (!wait || !throttled) {
    facts.put(follows_unknown(facts, name, {"time.wait.share", "throttling.time_share"}));
    return;
  }
  const double share = std::clamp(*wait - *throttled, 0.0, 1.0);
  const std::string source = "time.wait.share less throttling.time_share";
  const bool is_estimate = facts.find("throttling.time_share")->quality == Quality::estimated;
  facts.put(is_estimate ? Fact::estimated(name, share, source) : Fact::measured(name, share, source));
}

void add_own_threads(FactSet& facts) {
  const auto base = facts.number("time.base.seconds");
  const auto window = facts.number("window.seconds");
  const auto cpus = facts.number("sched.allowed_cpus.count");
  const bool has_window = base && window && *window > 0;
  // Who sleeps at mmap_lock is in the base, where that can be seen, and wants no CPU.
  const double ready = std::max(0.0, base.value_or(0) - facts.number("mmap_lock.wait.seconds").value_or(0));
  facts.put(has_window ? Fact::measured("sched.own_threads.runnable", ready / *window,
                                        "time.base.seconds less mmap_lock.wait.seconds, over window.seconds "
                                        "(Little's law)")
                       : follows_unknown(facts, "sched.own_threads.runnable", {"time.base.seconds", "window.seconds"}));
  facts.put(has_window && cpus && *cpus > 0
                ? Fact::measured("sched.own_threads.per_cpu", ready / *window / *cpus,
                                 "sched.own_threads.runnable over sched.allowed_cpus.count")
                : follows_unknown(facts, "sched.own_threads.per_cpu",
                                  {"time.base.seconds", "window.seconds", "sched.allowed_cpus.count"}));
}

void add_neighbours(FactSet& facts) {
  const std::string_view name = "sched.neighbours.cores";
  const auto busy = facts.number("sched.busy.cores");
  const auto own = facts.number("cpu.busy.cores");
  if (!busy || !own) {
    facts.put(follows_unknown(facts, name, {"sched.busy.cores", "cpu.busy.cores"}));
    return;
  }
  facts.put(Fact::measured(name, std::max(0.0, *busy - *own), "sched.busy.cores less cpu.busy.cores"));
}

/// Who ran, in cores, while threads of the target waited.
struct Runners {
  double neighbours = 0;
  double stolen = 0;    ///< what the hypervisor took
  double own_rest = 0;  ///< the target's own threads but the one that waits
  double cpus = 1;      ///< that the target may use

  [[nodiscard]] double all() const { return neighbours + stolen + own_rest; }
};

std::optional<Runners> runners(const FactSet& facts) {
  const auto neighbours = facts.number("sched.neighbours.cores");
  const auto own = facts.number("cpu.busy.cores");
  const auto one_thread = facts.number("cpu.one_thread.share");
  const auto cpus = facts.number("sched.allowed_cpus.count");
  const auto steal = facts.number("sched.steal.share");
  if (!neighbours || !own || !one_thread || !cpus || !steal || *cpus <= 0) return std::nullopt;
  // No thread waits for itself: of k that run equally much, the others are (k - 1) / k of what they use.
  return Runners{*neighbours, *steal * *cpus, *own * (1 - *one_thread), *cpus};
}

constexpr auto split_names = {"sched.neighbours.wait_share", "sched.queue.neighbours.time_share",
                              "sched.queue.stolen.time_share", "sched.queue.others.time_share",
                              "sched.queue.own_threads.time_share"};

/// A thread waits for whoever runs on the CPUs that it may use. On a full set of CPUs that is others and its own
/// threads in the proportion of what they use. On one with idle CPUs it waits for its wake-up more than for anybody:
/// others hold up at most the part of the CPUs that they use, of any thread that is ready.
void add_split(FactSet& facts) {
  const auto queue = facts.number("sched.queue.time_share");
  if (queue == 0.0) {
    for (const auto* name : split_names) facts.put(Fact::measured(name, 0.0, "no thread queued"));
    return;
  }
  const auto ran = runners(facts);
  if (!queue || !ran || ran->all() <= 0) {
    for (const auto* name : split_names) {
      facts.put(follows_unknown(facts, name,
                                {"sched.queue.time_share", "sched.neighbours.cores", "cpu.busy.cores",
                                 "cpu.one_thread.share", "sched.allowed_cpus.count", "sched.steal.share"}));
    }
    return;
  }
  const auto behind = [&](double cores) { return std::min(*queue * cores / ran->all(), cores / ran->cpus); };
  const double neighbours = behind(ran->neighbours);
  const double stolen = behind(ran->stolen);
  facts.put(Fact::estimated("sched.neighbours.wait_share", (ran->neighbours + ran->stolen) / ran->all(),
                            "sched.neighbours.cores and stolen time over them and its own other threads"));
  facts.put(Fact::estimated("sched.queue.neighbours.time_share", neighbours, split_source));
  facts.put(Fact::estimated("sched.queue.stolen.time_share", stolen, split_source));
  facts.put(Fact::estimated("sched.queue.others.time_share", neighbours + stolen, split_source));
  facts.put(Fact::estimated("sched.queue.own_threads.time_share", *queue * ran->own_rest / ran->all(), split_source));
}

}  // namespace

void add_queueing_facts(FactSet& facts) {
  add_queue(facts);
  add_own_threads(facts);
  add_neighbours(facts);
  add_split(facts);
}

}  // namespace faultline::measure
