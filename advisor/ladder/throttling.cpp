// SPDX-License-Identifier: Apache-2.0
// Does a CPU quota stop the target while cores idle? Reads cpu.stat of its cgroup and of every ancestor, as the
// tightest quota wins wherever it is (Documentation/scheduler/sched-bwc.rst).
#include <algorithm>
#include <utility>

#include "advisor/host/cgroup.h"
#include "advisor/host/proc.h"
#include "advisor/ladder/support/rung.h"

namespace faultline {
namespace {

using host::CpuControl;

const CpuControl* find_level(const std::vector<CpuControl>& levels, const std::string& path) {
  const auto it = std::find_if(levels.begin(), levels.end(), [&](const CpuControl& one) { return one.path == path; });
  return it == levels.end() ? nullptr : &*it;
}

/// What one level did between two readings.
struct LevelDelta {
  const CpuControl* level = nullptr;
  double periods = 0, throttled_periods = 0, stopped_seconds = 0;
  std::optional<double> used_seconds;
};

LevelDelta delta_of(const CpuControl& after, const CpuControl& before) {
  LevelDelta delta;
  delta.level = &after;
  delta.periods = static_cast<double>(after.periods - std::min(after.periods, before.periods));
  delta.throttled_periods =
      static_cast<double>(after.throttled_periods - std::min(after.throttled_periods, before.throttled_periods));
  delta.stopped_seconds = std::max(0.0, after.throttled_seconds - before.throttled_seconds);
  if (after.used_seconds && before.used_seconds) delta.used_seconds = *after.used_seconds - *before.used_seconds;
  return delta;
}

/// The level that stopped the target longest; of levels that did not stop it the one with the tightest quota.
std::optional<LevelDelta> limiting(const std::vector<CpuControl>& after, const std::vector<CpuControl>& before) {
  std::optional<LevelDelta> chosen;
  for (const CpuControl& level : after) {
    const CpuControl* earlier = find_level(before, level.path);
    if (!level.quota_cores || earlier == nullptr) continue;
    const LevelDelta delta = delta_of(level, *earlier);
    const bool longer = !chosen || delta.stopped_seconds > chosen->stopped_seconds;
    const bool as_long_and_tighter =
        chosen && delta.stopped_seconds == chosen->stopped_seconds && *level.quota_cores < *chosen->level->quota_cores;
    if (longer || as_long_and_tighter) chosen = delta;
  }
  return chosen;
}

class ThrottlingRung : public Rung {
 public:
  std::string_view id() const override { return "throttling"; }
  int order() const override { return 70; }

  void open(const Observation& seen) override {
    pid_ = seen.watch.main_pid();
    hidden_ = controller_is_hidden(seen);
    before_ = read(seen);
    previous_ = before_;
  }

  void slice(const Observation& seen) override {
    if (seen.quiet) {
      stopped_slices_.emplace_back();
      is_gap_ = true;
      return;
    }
    const auto now = read(seen);
    std::optional<double> stopped;
    if (now && previous_ && !std::exchange(is_gap_, false)) {
      const auto delta = limiting(*now, *previous_);
      stopped = delta ? delta->stopped_seconds : 0.0;
    }
    stopped_slices_.push_back(stopped);
    if (now) previous_ = now;
  }

  void close(const Observation& seen, double seconds) override {
    const auto now = read(seen);
    // The cgroup of a process that ended is gone: its last reading stands.
    after_ = now ? now : previous_;
    seconds_ = seconds;
  }

  RungResult result(const Observation& seen) override {
    RungResult result;
    if (hidden_ || !before_ || !after_) {
      say_unknown(result.facts);
      return result;
    }
    const auto delta = limiting(*after_, *before_);
    if (!delta) {
      say_no_quota(result.facts);
      return result;
    }
    say_level(*delta, static_cast<double>(seen.machine.facts.cpus), result.facts);
    return result;
  }

  std::vector<Need> needs(const host::Machine& machine) const override {
    const bool there = machine.cgroups.v2 || machine.cgroups.cpu;
    return {{"cpu.stat of a cgroup hierarchy", there, "CPU throttling",
             "run on the host, with its cgroup file systems mounted"}};
  }

 private:
  /// /proc/PID/cgroup names a v1 cpu hierarchy that is not mounted here (a container, a chroot): its quota exists
  /// and can't be seen.
  bool controller_is_hidden(const Observation& seen) const {
    const auto cgroups = host::read_cgroups(seen.files(), pid_);
    if (!cgroups || seen.machine.cgroups.cpu) return false;
    return std::any_of(cgroups->begin(), cgroups->end(), [](const auto& entry) {
      const std::string padded = "," + entry.first + ",";
      return padded.find(",cpu,") != std::string::npos;
    });
  }

  std::optional<std::vector<CpuControl>> read(const Observation& seen) {
    auto levels = host::read_cpu_controls(seen.files(), seen.machine.cgroups, pid_);
    if (levels) return *levels;
    error_ = levels.error();
    return std::nullopt;
  }

  void say_unknown(std::vector<Fact>& facts) const {
    const std::string reason =
        hidden_ ? "the cpu controller's hierarchy is not mounted here" : "cpu.stat could not be read: " + error_.why;
    for (const auto* name : {"throttling.limiting_cgroup", "throttling.periods.count", "throttling.quota.cores",
                             "throttling.stopped.seconds", "throttling.throttled.share", "throttling.used.cores",
                             "throttling.wanted.cores"}) {
      facts.push_back(Fact::unknown(name, reason, "run on the host, where its cgroup file systems are mounted"));
    }
  }

  static void say_no_quota(std::vector<Fact>& facts) {
    const std::string source = "cpu.max of the cgroup and its ancestors: no quota";
    for (const auto* name : {"throttling.periods.count", "throttling.stopped.seconds", "throttling.throttled.share"}) {
      facts.push_back(Fact::measured(name, 0.0, source));
    }
    for (const auto* name :
         {"throttling.limiting_cgroup", "throttling.quota.cores", "throttling.used.cores", "throttling.wanted.cores"}) {
      facts.push_back(Fact::unknown(name, "there is no CPU quota"));
    }
  }

  void say_level(const LevelDelta& delta, double cpus, std::vector<Fact>& facts) const {
    const std::string source = delta.level->path + "/cpu.stat";
    facts.push_back(Fact::measured("throttling.limiting_cgroup", delta.level->path, source));
    facts.push_back(Fact::measured("throttling.periods.count", delta.periods, source));
    facts.push_back(Fact::measured("throttling.quota.cores", *delta.level->quota_cores, delta.level->path));
    Fact stopped = Fact::measured("throttling.stopped.seconds", delta.stopped_seconds, source);
    stopped.slices = stopped_slices_;
    stopped.trend = trend_of(stopped.slices);
    facts.push_back(std::move(stopped));
    facts.push_back(delta.periods > 0
                        ? Fact::measured("throttling.throttled.share", delta.throttled_periods / delta.periods, source)
                        : Fact::measured("throttling.throttled.share", 0.0, source + ": no period ran"));
    if (!delta.used_seconds || seconds_ <= 0) {
      for (const auto* name : {"throttling.used.cores", "throttling.wanted.cores"}) {
        facts.push_back(Fact::unknown(name, "the cgroup does not say how much CPU time it used"));
      }
      return;
    }
    const double used = *delta.used_seconds / seconds_;
    facts.push_back(Fact::measured("throttling.used.cores", used, source));
    const double wanted = std::min(cpus, used + delta.stopped_seconds / seconds_);
    facts.push_back(Fact::estimated("throttling.wanted.cores", wanted, source));
  }

  pid_t pid_ = 0;
  bool hidden_ = false;
  double seconds_ = 0;
  Error error_;
  std::optional<std::vector<CpuControl>> before_, previous_, after_;
  bool is_gap_ = false;  ///< the slice before was not looked at
  std::vector<std::optional<double>> stopped_slices_;
};

}  // namespace

std::unique_ptr<Rung> make_throttling_rung() { return std::make_unique<ThrottlingRung>(); }

}  // namespace faultline
