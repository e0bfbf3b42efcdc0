// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/derived_facts.h"

#include <algorithm>
#include <optional>
#include <string>

namespace faultline::measure {
namespace {

constexpr double huge_page_bytes = 2.0 * 1024 * 1024;

/// The reason and unlock of the first fact of `inputs` that is unknown, for a fact that follows from them.
Fact follows_unknown(const FactSet& facts, std::string_view name, std::initializer_list<std::string_view> inputs) {
  for (const auto input : inputs) {
    const Fact* fact = facts.find(input);
    if (fact == nullptr) return Fact::unknown(name, std::string(input) + " was not collected");
    if (!fact->known()) return Fact::unknown(name, std::string(input) + ": " + fact->reason, fact->unlock);
  }
  return Fact::unknown(name, "nothing ran in the window");
}

/// Part of the time base that the target spent on a CPU: turns shares of samples into shares of time.
std::optional<double> running_share(const FactSet& facts) {
  const auto cpu = facts.number("cpu.time.seconds");
  const auto base = facts.number("time.base.seconds");
  if (!cpu || !base || *base <= 0) return std::nullopt;
  return std::clamp(*cpu / *base, 0.0, 1.0);
}

void add_fault_time(const Host& host, FactSet& facts) {
  const auto running = running_share(facts);
  if (const auto path = facts.number("profile.fault_path.share"); path && running) {
    facts.put(Fact::measured("faults.time_share", *path * *running, "profile"));
  } else if (const auto faults = facts.number("faults.minor.count"), base = facts.number("time.base.seconds");
             faults && base && *base > 0 && host.ns_per_fault) {
    const double share = std::min(1.0, *faults * *host.ns_per_fault * 1e-9 / *base);
    facts.put(Fact::estimated("faults.time_share", share, "faults.minor.count times host.ns_per_fault"));
  } else {
    facts.put(follows_unknown(facts, "faults.time_share",
                              {"profile.fault_path.share", "time.base.seconds", "faults.minor.count"}));
  }
  if (const auto file = facts.number("profile.fault_file.share"); file && running) {
    facts.put(Fact::measured("faults.file.time_share", *file * *running, "profile"));
  } else {
    facts.put(follows_unknown(facts, "faults.file.time_share", {"profile.fault_file.share", "time.base.seconds"}));
  }
}

/// Anonymous faults by their part of the fault path's time: a fault of a file page and one of an anonymous page cost
/// about the same, so time tells count well enough to tell causes apart.
std::optional<double> anon_part_of_faults(const FactSet& facts) {
  const auto path = facts.number("profile.fault_path.share");
  const auto anon = facts.number("profile.fault_anon.share");
  if (!path || !anon) return std::nullopt;
  return *path > 0 ? std::clamp(*anon / *path, 0.0, 1.0) : 0.0;
}

/// Pages of growth as faults: memory in huge pages came in 2 MiB at a fault.
double growth_in_faults(const Host& host, const FactSet& facts, double growth_bytes) {
  const double page_bytes = host.page_bytes > 0 ? static_cast<double>(host.page_bytes) : 4096.0;
  const double anon = facts.number("memory.anon_bytes").value_or(0);
  const double huge = facts.number("memory.anon.huge_bytes").value_or(0);
  const double huge_part = anon > 0 ? std::clamp(huge / anon, 0.0, 1.0) : 0.0;
  return growth_bytes * (1 - huge_part) / page_bytes + growth_bytes * huge_part / huge_page_bytes;
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

void add_fault_split(const Host& host, FactSet& facts) {
  const auto minor = facts.number("faults.minor.count");
  const auto growth = facts.number("memory.anon.growth_bytes");
  const auto short_lived = facts.number("process.short_lived.fault_share");
  const auto anon_part = anon_part_of_faults(facts);
  if (!minor || !growth || !short_lived || !anon_part) {
    for (const auto* name : {"faults.anon.count", "faults.first_touch.pages", "faults.refault.pages",
                             "faults.refault.share", "faults.first_touch.time_share", "faults.refault.time_share"}) {
      facts.put(
          follows_unknown(facts, name, {"profile.fault_anon.share", "faults.minor.count", "memory.anon.growth_bytes"}));
    }
    return;
  }
  const double anon_faults = *minor * *anon_part;
  // A page that a process holds more than at first was touched for the first time; so were those of a process that
  // came and went between two looks. What is left was given back before and came again.
  const double touched = std::min(anon_faults, growth_in_faults(host, facts, *growth) + *short_lived * anon_faults);
  const double refaulted = anon_faults - touched;
  const double refault_share = anon_faults > 0 ? refaulted / anon_faults : 0.0;
  const std::string source = "anonymous faults against growth of anonymous memory";
  facts.put(Fact::estimated("faults.anon.count", anon_faults, "faults.minor.count and the profile"));
  facts.put(Fact::estimated("faults.first_touch.pages", touched, source));
  facts.put(Fact::estimated("faults.refault.pages", refaulted, source));
  facts.put(Fact::estimated("faults.refault.share", refault_share, source));
  const auto running = running_share(facts);
  const auto anon_share = facts.number("profile.fault_anon.share");
  if (!running || !anon_share) {
    for (const auto* name : {"faults.first_touch.time_share", "faults.refault.time_share"}) {
      facts.put(follows_unknown(facts, name, {"profile.fault_anon.share", "time.base.seconds"}));
    }
    return;
  }
  const double anon_time = *anon_share * *running;
  facts.put(Fact::estimated("faults.first_touch.time_share", anon_time * (1 - refault_share), source));
  facts.put(Fact::estimated("faults.refault.time_share", anon_time * refault_share, source));
}

/// The quota stops CPUs; what the service pays is the time of the threads that wait on them. By Little's law
/// base/window threads are there on average, so each stopped CPU holds up about that many over the host's CPUs; never
/// more than the threads waited at all.
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
  const double threads_a_cpu = std::max(1.0, threads / static_cast<double>(host.cpus));
  const double held_up = std::min(*wait, *stopped * threads_a_cpu);
  const double share = *base > 0 ? std::clamp(held_up / *base, 0.0, 1.0) : 0.0;
  facts.put(Fact::estimated(name, share, "throttling.stopped.seconds and sched.wait.seconds"));
}

}  // namespace

void add_derived_facts(const Host& host, FactSet& facts) {
  add_fault_time(host, facts);
  add_short_lived(facts);
  add_fault_split(host, facts);
  add_throttling_time(host, facts);
}

}  // namespace faultline::measure
