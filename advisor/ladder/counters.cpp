// SPDX-License-Identifier: Apache-2.0
// Rung 1: how often does the target fault, run, wait and switch? Free numbers of /proc wherever they are whole.
#include <algorithm>
#include <optional>
#include <string>

#include "advisor/ladder/support/look_limits.h"
#include "advisor/ladder/support/process_tally.h"
#include "advisor/ladder/support/rung.h"
#include "advisor/ladder/support/thread_migrations.h"
#include "advisor/ladder/support/thread_times.h"

namespace faultline {
namespace {

// Context switches and migrations are read from /proc: an event bound to a task costs it 0.7 us at each switch,
// whatever it counts (tests/bench/counting_cost), a quarter of what a service that hands over to another thread does at
// all.

const char* const faults_by_proc = "/proc/PID/stat minflt";
const char* const cpu_by_proc = "/proc/PID/stat utime and stime";

class CountersRung : public Rung {
 public:
  std::string_view id() const override { return "counters"; }
  int order() const override { return 10; }

  void open(const Observation& seen) override {
    tally_.look(seen.files(), seen.watch);
    times_.look(seen.files(), seen.watch);
    migrations_.look(seen.files(), seen.watch);
    last_ = tally_.usage().value_or(Usage{});
  }

  void drain(const Observation& seen) override {
    if (seen.watch.processes().size() <= most_processes_by_drain && !seen.quiet) tally_.look(seen.files(), seen.watch);
    tally_.follow(seen.files(), seen.watch, seen.activity, seen.machine.abilities.kernel_profiling());
  }

  void slice(const Observation& seen) override {
    if (!seen.quiet) look(seen);
    end_slice(seen.slice_seconds);
  }

  void close(const Observation& seen, double seconds) override {
    tally_.look(seen.files(), seen.watch);
    times_.look(seen.files(), seen.watch);
    migrations_.look(seen.files(), seen.watch);
    usage_ = tally_.usage();
    seconds_ = seconds;
  }

  RungResult result(const Observation& seen) override {
    RungResult result;
    result.facts.push_back(Fact::measured("window.seconds", seconds_, "CLOCK_MONOTONIC"));
    say_faults(result.facts);
    say_time(seen, result.facts);
    say_switches(seen, result.facts);
    say_births(seen, result.facts);
    return result;
  }

  std::vector<Need> needs(const host::Machine& machine) const override {
    const host::Abilities& can = machine.abilities;
    return {{"/proc/PID/stat and schedstat", machine.root.exists("/proc/self/schedstat"), "everything",
             "mount /proc; a kernel with CONFIG_SCHED_INFO"},
            {"perf software events of others", can.kernel_profiling(),
             "faults of processes too short-lived to be looked at",
             "run as root or with CAP_PERFMON, or sysctl kernel.perf_event_paranoid=1"}};
  }

 private:
  void look(const Observation& seen) {
    tally_.look(seen.files(), seen.watch);
    if (times_.threads_seen() <= most_threads_by_slice) times_.look(seen.files(), seen.watch);
  }

  void end_slice(double slice_seconds) {
    const auto now = tally_.usage();
    if (!now || slice_seconds <= 0) {
      minor_slices_.emplace_back();
      cores_slices_.emplace_back();
      return;
    }
    const auto minor = static_cast<double>(now->minor_faults - std::min(now->minor_faults, last_.minor_faults));
    minor_slices_.emplace_back(minor / slice_seconds);
    cores_slices_.emplace_back(std::max(0.0, now->cpu_seconds - last_.cpu_seconds) / slice_seconds);
    last_ = *now;
  }

  void say_faults(std::vector<Fact>& facts) const {
    if (!usage_ || seconds_ <= 0) {
      for (const auto* name :
           {"faults.minor.count", "faults.minor.per_second", "faults.major.count", "faults.major.per_second"}) {
        facts.push_back(Fact::unknown(name, "the counters of the target could not be read"));
      }
      return;
    }
    const std::string minor_source = tally_.by_events() ? "perf:page-faults-min" : faults_by_proc;
    const std::string major_source = tally_.by_events() ? "perf:page-faults-maj" : "/proc/PID/stat majflt";
    const auto minor = static_cast<double>(usage_->minor_faults);
    const auto major = static_cast<double>(usage_->major_faults);
    facts.push_back(Fact::measured("faults.minor.count", minor, minor_source));
    facts.push_back(Fact::measured("faults.major.count", major, major_source));
    facts.push_back(Fact::measured("faults.major.per_second", major / seconds_, major_source));
    Fact rate = Fact::measured("faults.minor.per_second", minor / seconds_, minor_source);
    rate.slices = minor_slices_;
    rate.trend = trend_of(rate.slices);
    facts.push_back(std::move(rate));
  }

  void say_time(const Observation& seen, std::vector<Fact>& facts) const {
    const double wait = times_.wait_seconds();
    facts.push_back(Fact::measured("sched.wait.seconds", wait, "/proc/PID/task/TID/schedstat"));
    if (!usage_ || seconds_ <= 0) {
      for (const auto* name :
           {"cpu.time.seconds", "cpu.busy.cores", "cpu.one_thread.share", "time.base.seconds", "time.wait.share"}) {
        facts.push_back(Fact::unknown(name, "the counters of the target could not be read"));
      }
      return;
    }
    // stat counts in ticks of 10 ms, schedstat in nanoseconds but not what ended between two looks: the larger is the
    // truer one.
    const double cpu = std::max(usage_->cpu_seconds, times_.run_seconds());
    const std::string source = tally_.by_events() ? "perf:task-clock" : cpu_by_proc;
    facts.push_back(Fact::measured("cpu.time.seconds", cpu, source));
    Fact cores = Fact::measured("cpu.busy.cores", cpu / seconds_, source);
    cores.slices = cores_slices_;
    cores.trend = trend_of(cores.slices);
    facts.push_back(std::move(cores));
    const auto one_thread = times_.one_thread_share();
    facts.push_back(one_thread ? Fact::measured("cpu.one_thread.share", *one_thread, "/proc/PID/task/TID/schedstat")
                               : Fact::unknown("cpu.one_thread.share", "none of its threads was seen to run"));
    // Sleeping at mmap_lock is time that a request pays too; other sleep may be for want of work. Where it cannot be
    // seen the base is the smaller by it.
    const auto& waits = seen.probes.lock_waits;
    const double blocked = waits ? (waits->seen.read_seconds + waits->seen.write_seconds) * waits->scale() : 0;
    const double base = cpu + wait + blocked;
    facts.push_back(
        Fact::measured("time.base.seconds", base, source + ", schedstat" + (waits ? ", mmap_lock.wait.seconds" : "")));
    facts.push_back(base > 0 ? Fact::measured("time.wait.share", wait / base, "/proc/PID/task/TID/schedstat")
                             : Fact::unknown("time.wait.share", "the target did not run in the window"));
  }

  void say_switches(const Observation& seen, std::vector<Fact>& facts) const {
    // Threads that came and went between two looks are not in it; where there may be some, the source says so.
    const std::string suffix = seen.activity.thread_births_so_far() > 0 ? ", without threads between two looks" : "";
    const auto switches = static_cast<double>(times_.switches());
    const std::string source = "/proc/PID/task/TID/schedstat" + suffix;
    facts.push_back(Fact::measured("sched.context_switches.count", switches, source));
    const auto rate = [&](const char* name, double count, const std::string& from) {
      facts.push_back(seconds_ > 0 ? Fact::measured(name, count / seconds_, from)
                                   : Fact::unknown(name, "the window had no length"));
    };
    rate("sched.context_switches.per_second", switches, source);
    if (const auto migrations = migrations_.count()) {
      rate("sched.migrations.per_second", static_cast<double>(*migrations), "/proc/PID/task/TID/sched" + suffix);
    } else {
      facts.push_back(Fact::unknown("sched.migrations.per_second", migrations_.why(), migrations_.unlock()));
    }
  }

  void say_births(const Observation& seen, std::vector<Fact>& facts) const {
    const char* name = "process.born.count";
    if (seen.feed.mode() != host::FeedMode::none) {
      facts.push_back(Fact::measured(name, static_cast<double>(seen.activity.births_so_far()), "perf:fork records"));
      return;
    }
    const auto& processes = seen.watch.processes();
    const auto seen_born =
        std::count_if(processes.begin(), processes.end(), [](const auto& entry) { return !entry.second.at_start; });
    if (seen_born > 0) {
      facts.push_back(Fact::estimated(name, static_cast<double>(seen_born), "new PIDs by slice, a lower bound"));
    } else {
      facts.push_back(
          Fact::unknown(name, "births between two looks are not seen: " + seen.feed.reason(), seen.feed.unlock()));
    }
  }

  ProcessTally tally_;
  ThreadTimes times_;
  ThreadMigrations migrations_;
  Usage last_;
  std::optional<Usage> usage_;
  double seconds_ = 0;
  std::vector<std::optional<double>> minor_slices_, cores_slices_;
};

}  // namespace

std::unique_ptr<Rung> make_counters_rung() { return std::make_unique<CountersRung>(); }

}  // namespace faultline
