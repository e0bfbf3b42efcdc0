// SPDX-License-Identifier: Apache-2.0
// Does a CPU quota stop the target while cores idle? Reads cpu.stat of its cgroup and of every ancestor, as the
// tightest quota wins wherever it is (Documentation/scheduler/sched-bwc.rst).
#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "advisor/host/cgroup.h"
#include "advisor/host/proc.h"
#include "advisor/ladder/support/quota_levels.h"
#include "advisor/ladder/support/rung.h"

namespace faultline {
namespace {

using host::CpuControl;

class ThrottlingRung : public Rung {
 public:
  std::string_view id() const override { return "throttling"; }
  int order() const override { return 70; }

  void open(const Observation& seen) override {
    hidden_ = controller_is_hidden(seen);
    previous_ = read(seen);
    is_open_ = previous_.has_value();
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
    read(seen);
    seconds_ = seconds;
  }

  RungResult result(const Observation& seen) override {
    RungResult result;
    if (hidden_) {
      say_unknown("the cpu controller's hierarchy is not mounted here", result.facts);
      return result;
    }
    if (!is_open_) {
      say_unknown("cpu.stat could not be read: " + error_.why, result.facts);
      return result;
    }
    if (const auto level = levels_.seen_once()) {
      say_unknown(fmt::format("{} has a quota, and was there for one reading of its cpu.stat only", *level),
                  result.facts);
      return result;
    }
    const auto delta = levels_.limiting();
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
    const auto cgroups = host::read_cgroups(seen.files(), seen.watch.main_pid());
    if (!cgroups || seen.machine.cgroups.cpu) return false;
    return std::any_of(cgroups->begin(), cgroups->end(), [](const auto& entry) {
      const std::string padded = "," + entry.first + ",";
      return padded.find(",cpu,") != std::string::npos;
    });
  }

  std::optional<std::vector<CpuControl>> read(const Observation& seen) {
    auto levels = host::read_cpu_controls(seen.files(), seen.machine.cgroups, seen.watch.main_pid());
    if (levels) {
      levels_.look(*levels);
      return *levels;
    }
    error_ = levels.error();
    return std::nullopt;
  }

  static void say_unknown(const std::string& reason, std::vector<Fact>& facts) {
    for (const auto* name : {"throttling.limiting_cgroup", "throttling.periods.count", "throttling.quota.cores",
                             "throttling.stopped.seconds", "throttling.throttled.share", "throttling.used.cores",
                             "throttling.wanted.cores"}) {
      facts.push_back(Fact::unknown(
          name, reason, "run on the host, where its cgroup file systems are mounted, while the target runs"));
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
    const std::string source = delta.level.path + "/cpu.stat";
    facts.push_back(Fact::measured("throttling.limiting_cgroup", delta.level.path, source));
    facts.push_back(Fact::measured("throttling.periods.count", delta.periods, source));
    facts.push_back(Fact::measured("throttling.quota.cores", *delta.level.quota_cores, delta.level.path));
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

  bool hidden_ = false, is_open_ = false;
  double seconds_ = 0;
  Error error_;
  QuotaLevels levels_;
  std::optional<std::vector<CpuControl>> previous_;
  bool is_gap_ = false;  ///< the slice before was not looked at
  std::vector<std::optional<double>> stopped_slices_;
};

}  // namespace

std::unique_ptr<Rung> make_throttling_rung() { return std::make_unique<ThrottlingRung>(); }

}  // namespace faultline
