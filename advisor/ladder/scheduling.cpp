// SPDX-License-Identifier: Apache-2.0
// Does the target queue for a CPU, whom does it wait for, is the CPU stolen? How long it waits at all is counted by
// rung 1; here is what its CPUs do meanwhile.
#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "advisor/host/allowed_cpus.h"
#include "advisor/host/cpu_times.h"
#include "advisor/host/pressure.h"
#include "advisor/ladder/support/look_limits.h"
#include "advisor/ladder/support/other_processes.h"
#include "advisor/ladder/support/rung.h"
#include "advisor/ladder/support/thread_preemptions.h"

namespace faultline {
namespace {

constexpr std::size_t neighbours_named = 3;
// Less is a tick or two of 10 ms in a short window.
constexpr double least_cores_named = 0.01;

const char* const by_proc_stat = "/proc/stat of the CPUs in Cpus_allowed_list";
const char* const by_idle_time = ": neither idle nor stolen";

/// What the allowed CPUs, the cgroup's pressure and faultline itself had come to at one moment.
struct Reading {
  host::CpuTimes cpus;
  std::optional<host::CpuPressure> pressure;
  double own_seconds = 0;
  double at_seconds = 0;
};

class SchedulingRung : public Rung {
 public:
  std::string_view id() const override { return "scheduling"; }
  int order() const override { return 80; }

  void open(const Observation& seen) override {
    find_cpus(seen);
    preemptions_.look(seen.files(), seen.watch);
    others_.look(processes(seen), seen.watch);
    pid_ = seen.watch.main_pid();
    first_ = read(seen, true);
    previous_ = first_;
  }

  void slice(const Observation& seen) override {
    const bool are_few = preemptions_.threads_seen() <= most_threads_by_slice;
    if (are_few && !seen.quiet) preemptions_.look(seen.files(), seen.watch);
    const auto now = read(seen, false);
    std::optional<double> busy;
    if (now && previous_ && now->at_seconds > previous_->at_seconds) {
      const double seconds = now->at_seconds - previous_->at_seconds;
      busy = host::busy_between(previous_->cpus, now->cpus, cpus_.size(), seconds) / seconds;
    }
    busy_slices_.push_back(busy);
    if (now) previous_ = now;
  }

  void close(const Observation& seen, double seconds) override {
    last_ = read(seen, true);
    preemptions_.look(seen.files(), seen.watch);
    others_.look(processes(seen), seen.watch);
    seconds_ = seconds;
  }

  RungResult result(const Observation& /*seen*/) override {
    RungResult result;
    say_cpus(result.facts);
    say_preemptions(result.facts);
    say_neighbours(result.facts);
    say_pressure(result.facts);
    return result;
  }

  std::vector<Need> needs(const host::Machine& machine) const override {
    const bool has_pressure = machine.root.read("/proc/pressure/cpu").has_value();
    return {{"/proc/stat by CPU", machine.root.exists("/proc/stat"), "whom the target waits for", "mount /proc"},
            {"/proc/pressure/cpu", has_pressure, "the kernel's own count of waiting for a CPU (PSI)",
             "boot with psi=1, on a kernel with CONFIG_PSI"}};
  }

 private:
  /// The CPUs that are online and allowed. Of the main process: others of the target may have other ones.
  void find_cpus(const Observation& seen) {
    const auto allowed = host::read_allowed_cpus(seen.machine.root, seen.watch.main_pid());
    if (!allowed) {
      why_no_cpus_ = allowed.error().why;
      return;
    }
    const HostTimes times = host_times(seen);
    if (!times.cpus) {
      why_no_cpus_ = times.cpus.error().why;
      return;
    }
    for (const auto& [cpu, one] : *times.cpus) {
      if (allowed->contains(cpu)) cpus_.insert(cpu);
    }
    cpus_online_ = times.cpus->size();
    if (cpus_.empty()) why_no_cpus_ = "none of its CPUs is online here";
  }

  static std::shared_ptr<const ProcessTable> processes(const Observation& seen) {
    return seen.shared != nullptr ? seen.shared->moment.processes() : ProcessTable::read(seen.machine.root);
  }

  static HostTimes host_times(const Observation& seen) {
    return seen.shared != nullptr ? seen.shared->moment.times() : read_host_times(seen.machine.root);
  }

  std::optional<Reading> read(const Observation& seen, bool with_pressure) {
    const HostTimes times = host_times(seen);
    if (!times.cpus || cpus_.empty()) return std::nullopt;
    // The idle time of one that is off line is not counted: it would look busy.
    const auto is_online = [&](unsigned cpu) { return times.cpus->contains(cpu); };
    if (!std::all_of(cpus_.begin(), cpus_.end(), is_online)) {
      went_off_line_ = true;
      return std::nullopt;
    }
    Reading reading{host::sum_of(*times.cpus, cpus_), std::nullopt, times.own_seconds, times.at_seconds};
    if (!with_pressure) return reading;
    if (const auto pressure = host::read_cpu_pressure(seen.files(), seen.machine.cgroups, pid_)) {
      reading.pressure = *pressure;
    }
    return reading;
  }

  void say_cpus(std::vector<Fact>& facts) const {
    if (!cpus_.empty()) {
      facts.push_back(Fact::measured("sched.allowed_cpus.count", static_cast<double>(cpus_.size()),
                                     "/proc/PID/status Cpus_allowed_list"));
    } else {
      facts.push_back(Fact::unknown("sched.allowed_cpus.count", why_no_cpus_));
    }
    if (!first_ || !last_ || seconds_ <= 0 || went_off_line_) {
      const std::string why = cpus_.empty()    ? why_no_cpus_
                              : went_off_line_ ? "one of its CPUs went off line in the window"
                                               : "/proc/stat could not be read";
      for (const auto* name : {"sched.busy.cores", "sched.idle.cores", "sched.steal.share"}) {
        facts.push_back(Fact::unknown(name, why));
      }
      return;
    }
    // Where faultline ran is not counted: on each CPU as likely as on another.
    const double on_them = static_cast<double>(cpus_.size()) / static_cast<double>(cpus_online_);
    const double own = (last_->own_seconds - first_->own_seconds) * on_them;
    const double busy =
        host::busy_between(first_->cpus, last_->cpus, cpus_.size(), last_->at_seconds - first_->at_seconds);
    const double idle = std::max(0.0, last_->cpus.idle_seconds - first_->cpus.idle_seconds);
    const double stolen = std::max(0.0, last_->cpus.stolen_seconds - first_->cpus.stolen_seconds);
    Fact cores = Fact::measured("sched.busy.cores", std::max(0.0, busy - own) / seconds_,
                                std::string(by_proc_stat) + by_idle_time + ", without faultline's own");
    cores.slices = busy_slices_;
    cores.trend = trend_of(cores.slices);
    facts.push_back(std::move(cores));
    facts.push_back(Fact::measured("sched.idle.cores", idle / seconds_, by_proc_stat));
    const double all = busy + idle + stolen;
    facts.push_back(all > 0 ? Fact::measured("sched.steal.share", stolen / all, by_proc_stat)
                            : Fact::unknown("sched.steal.share", "the window was shorter than a tick"));
  }

  void say_preemptions(std::vector<Fact>& facts) const {
    const char* name = "sched.involuntary_switches.per_second";
    if (preemptions_.threads_seen() == 0 || seconds_ <= 0) {
      facts.push_back(Fact::unknown(name, "/proc/PID/task/TID/status of the target could not be read"));
      return;
    }
    facts.push_back(Fact::measured(name, static_cast<double>(preemptions_.count()) / seconds_,
                                   "/proc/PID/task/TID/status nonvoluntary_ctxt_switches"));
  }

  void say_neighbours(std::vector<Fact>& facts) const {
    const char* name = "sched.neighbours.top";
    if (others_.too_many()) {
      facts.push_back(Fact::unknown(name, "more processes than are read one by one"));
      return;
    }
    if (!others_.seen() || seconds_ <= 0) {
      facts.push_back(Fact::unknown(name, "the processes of this machine could not be listed"));
      return;
    }
    std::string top;
    for (const OtherProcess& other : others_.busiest(neighbours_named)) {
      const double cores = other.cpu_seconds / seconds_;
      if (cores < least_cores_named) break;
      top += fmt::format("{}{} {:.2f} cores", top.empty() ? "" : ", ", other.comm, cores);
    }
    facts.push_back(Fact::measured(name, top.empty() ? "nobody" : top, "/proc/PID/stat of others, on any CPU"));
  }

  void say_pressure(std::vector<Fact>& facts) const {
    const char* name = "sched.psi.cpu_some.share";
    const bool is_seen = first_ && last_ && first_->pressure && last_->pressure && seconds_ > 0;
    if (!is_seen || first_->pressure->path != last_->pressure->path) {
      facts.push_back(Fact::unknown(name, "the kernel does not count pressure (PSI), or not of this target",
                                    "boot with psi=1, on a kernel with CONFIG_PSI"));
      return;
    }
    const double waited = last_->pressure->some_seconds - first_->pressure->some_seconds;
    facts.push_back(Fact::measured(name, std::clamp(waited / seconds_, 0.0, 1.0), last_->pressure->path));
  }

  std::set<unsigned> cpus_;
  std::size_t cpus_online_ = 1;
  bool went_off_line_ = false;
  std::string why_no_cpus_;
  pid_t pid_ = 0;
  ThreadPreemptions preemptions_;
  OtherProcesses others_;
  std::optional<Reading> first_, previous_, last_;
  std::vector<std::optional<double>> busy_slices_;
  double seconds_ = 0;
};

}  // namespace

std::unique_ptr<Rung> make_scheduling_rung() { return std::make_unique<SchedulingRung>(); }

}  // namespace faultline
