// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/derived_facts.h"

#include <algorithm>
#include <optional>
#include <string>

#include "advisor/measure/allocation_facts.h"
#include "advisor/measure/fault_time.h"
#include "advisor/measure/follows_unknown.h"
#include "advisor/measure/lock_time.h"
#include "advisor/measure/page_count.h"
#include "advisor/measure/placement_facts.h"
#include "advisor/measure/queueing.h"
#include "advisor/measure/running_share.h"
#include "advisor/measure/translation.h"

namespace faultline::measure {
namespace {

const char* const from_count = "faults.minor.count times host.ns_per_fault";

/// A share of time that the profile measured, or that so few samples only bound from below.
Fact fault_share(std::string_view name, double share, const FaultTime& time) {
  if (!time.least) return Fact::measured(name, share, "profile");
  return Fact::estimated(name, share, "the least that faults.minor.count and few samples allow");
}

void add_fault_time(const Host& host, const std::optional<FaultTime>& time, FactSet& facts) {
  if (time) {
    facts.put(fault_share("faults.time_share", time->share, *time));
    facts.put(fault_share("faults.file.time_share", time->share * time->file_part, *time));
    return;
  }
  if (const auto share = counted_fault_share(host, facts)) {
    facts.put(Fact::estimated("faults.time_share", *share, from_count));
  } else {
    facts.put(follows_unknown(facts, "faults.time_share",
                              {"profile.fault_path.share", "time.base.seconds", "faults.minor.count"}));
  }
  facts.put(follows_unknown(facts, "faults.file.time_share", {"profile.fault_file.share", "time.base.seconds"}));
}

/// Pages of growth as faults: memory in huge pages came in 2 MiB at a fault.
double growth_in_faults(const Host& host, const FactSet& facts, double growth_bytes) {
  const double anon = facts.number("memory.anon_bytes").value_or(0);
  const double huge = facts.number("memory.anon.huge_bytes").value_or(0);
  const double huge_part = anon > 0 ? std::clamp(huge / anon, 0.0, 1.0) : 0.0;
  return page_count(host, growth_bytes * (1 - huge_part), growth_bytes * huge_part);
}

void add_short_lived(FactSet& facts) {
  const auto minor = facts.number("faults.minor.count");
  const auto followed = facts.number("process.followed.faults");
  const std::string_view name = "process.short_lived.fault_share";
  if (!minor || !followed) {
    facts.put(follows_unknown(facts, name, {"faults.minor.count", "process.followed.faults"}));
    return;
  }
  const double share = *minor > 0 ? std::clamp(1 - *followed / *minor, 0.0, 1.0) : 0.0;
  facts.put(Fact::estimated(name, share, "faults.minor.count less process.followed.faults"));
}

/// Part of the anonymous faults that are known to be refaults, by their pages. Pages come again from swap too, and NUMA
/// balancing takes access away for a moment: where the profile sees these, a page that comes again proves nothing.
double touched_again(const FactSet& facts) {
  constexpr double most_beside = 0.1;
  const Fact* const pages = facts.find("faults.same_page.share");
  // An estimate takes a page that is read and then written for one that comes again.
  const auto again = pages != nullptr && pages->quality == Quality::measured ? facts.number(pages->name) : std::nullopt;
  const auto path = facts.number("profile.fault_path.share");
  const auto swap = facts.number("profile.fault_swap.share");
  const auto numa = facts.number("profile.fault_numa.share");
  if (!again || !path || !swap || !numa || *swap + *numa > most_beside * *path) return 0;
  return std::clamp(*again, 0.0, 1.0);
}

void add_fault_cost(const std::optional<FaultTime>& time, FactSet& facts) {
  const std::string_view name = "faults.ns_each";
  const auto minor = facts.number("faults.minor.count");
  const auto base = facts.number("time.base.seconds");
  if (!time || time->least || !minor || !base || *minor <= 0) {
    facts.put(
        time && time->least ? Fact::unknown(name, "fewer than ten samples in the fault path", "--window 60s")
        : minor == 0.0
            ? Fact::unknown(name, "no minor fault in the window")
            : follows_unknown(facts, name, {"profile.fault_path.share", "faults.minor.count", "time.base.seconds"}));
    return;
  }
  facts.put(Fact::estimated(name, time->share * *base / *minor * 1e9, "profile and faults.minor.count"));
}

void add_fault_split(const Host& host, const std::optional<FaultTime>& time, FactSet& facts) {
  const auto minor = facts.number("faults.minor.count");
  const auto growth = facts.number("memory.anon.growth_bytes");
  const auto short_lived = facts.number("process.short_lived.fault_share");
  if (!minor || !growth || !short_lived || !time) {
    for (const auto* name : {"faults.anon.count", "faults.first_touch.pages", "faults.refault.pages",
                             "faults.refault.share", "faults.first_touch.time_share", "faults.refault.time_share"}) {
      facts.put(follows_unknown(
          facts, name,
          {"profile.fault_anon.share", "faults.minor.count", "memory.anon.growth_bytes", "time.base.seconds"}));
    }
    return;
  }
  // A fault of a file page and one of an anonymous page cost about the same, so time tells count well enough to tell
  // causes apart.
  const double anon_faults = *minor * time->anonymous_part;
  // A page that a process holds more than at first was touched for the first time; so were those of a process that
  // came and went between two looks. What is left was given back before and came again.
  // A page that was seen to be touched a second time is no growth, whatever grew beside it.
  const double at_most_touched = anon_faults * (1 - touched_again(facts));
  const double touched = std::min(at_most_touched, growth_in_faults(host, facts, *growth) + *short_lived * anon_faults);
  const double refaulted = anon_faults - touched;
  const double refault_share = anon_faults > 0 ? refaulted / anon_faults : 0.0;
  const double anon_time = time->share * time->anonymous_part;
  const std::string source = "anonymous faults against growth of anonymous memory";
  facts.put(Fact::estimated("faults.anon.count", anon_faults, "faults.minor.count and the profile"));
  facts.put(Fact::estimated("faults.first_touch.pages", touched, source));
  facts.put(Fact::estimated("faults.refault.pages", refaulted, source));
  facts.put(Fact::estimated("faults.refault.share", refault_share, source));
  facts.put(Fact::estimated("faults.first_touch.time_share", anon_time * (1 - refault_share), source));
  facts.put(Fact::estimated("faults.refault.time_share", anon_time * refault_share, source));
}

/// The quota stops CPUs; what the service pays is the time of the threads that wait on them. By Little's law
/// base/window threads are there on average, and they are on as many CPUs as were used or stopped: each stopped CPU
/// holds up its part of them. Never more than the threads waited at all.
void add_throttling_time(const Host& host, FactSet& facts) {
  const std::string_view name = "throttling.time_share";
  const auto stopped = facts.number("throttling.stopped.seconds");
  const auto base = facts.number("time.base.seconds");
  if (!stopped || !base) {
    facts.put(follows_unknown(facts, name, {"throttling.stopped.seconds", "time.base.seconds"}));
    return;
  }
  if (*stopped <= 0) {
    facts.put(Fact::measured(name, 0.0, "cpu.stat"));
    return;
  }
  const auto wait = facts.number("sched.wait.seconds");
  const auto window = facts.number("window.seconds");
  if (!wait || !window || *window <= 0 || host.cpus == 0) {
    const double share = *stopped / (*stopped + *base);
    facts.put(Fact::estimated(name, share, "throttling.stopped.seconds over it and the time base"));
    return;
  }
  const double threads = *base / *window;
  const double used = facts.number("cpu.time.seconds").value_or(0);
  const double cpus = std::clamp((*stopped + used) / *window, 1.0, static_cast<double>(host.cpus));
  const double threads_a_cpu = std::max(1.0, threads / cpus);
  const double held_up = std::min(*wait, *stopped * threads_a_cpu);
  const double share = *base > 0 ? std::clamp(held_up / *base, 0.0, 1.0) : 0.0;
  facts.put(Fact::estimated(name, share, "throttling.stopped.seconds and sched.wait.seconds"));
}

}  // namespace

void add_derived_facts(const Host& host, FactSet& facts) {
  const std::optional<FaultTime> time = fault_time(host, facts);
  add_fault_time(host, time, facts);
  add_short_lived(facts);
  add_fault_split(host, time, facts);
  add_fault_cost(time, facts);
  add_lock_time(facts);
  add_throttling_time(host, facts);
  add_placement_facts(facts);
  add_queueing_facts(facts);
  add_translation_facts(host, facts);
  add_allocation_facts(facts);
}

}  // namespace faultline::measure
