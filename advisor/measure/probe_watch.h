// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "advisor/host/address_space_probe.h"
#include "advisor/host/machine.h"
#include "advisor/ladder/support/probe_readings.h"
#include "advisor/measure/allocation_watch.h"
#include "advisor/measure/fault_bursts.h"
#include "advisor/measure/fault_sampling.h"
#include "advisor/measure/lock_looks.h"
#include "advisor/measure/switching.h"
#include "advisor/target/activity.h"
#include "advisor/target/process_watch.h"

namespace faultline::measure {

/// What is watched at all.
struct ProbeParts {
  bool locks = true, faults = true, allocations = true;
};

/// The BPF probes of one window, shared by its targets. Waits at locks are watched all the time unless there are too
/// many (lock_looks.h); faults, and who takes a lock, in short looks that begin with a slice and end at a drain. Where
/// BPF can't see faults they are sampled.
class ProbeWatch {
 public:
  struct Watched {
    const target::ProcessWatch* watch = nullptr;
    const target::Activity* activity = nullptr;
  };

  /// Loads and attaches what can be; never fails: what cannot be seen says why in the readings. Times are seconds since
  /// the window opened.
  ProbeWatch(const host::Machine& machine, const std::vector<Watched>& targets, double window_seconds,
             double slice_seconds, ProbeParts parts = {});

  /// Takes in processes that came.
  void follow();
  /// A slice ended, the first is 1, and the watches were refreshed: reads the waits so far, forgets processes that
  /// ended, and begins a look where it is time for one. Allocations are counted right then, for some 0.1 s at most.
  void slice(unsigned number, double now);
  /// Ends looks whose time is over, and begins those at locks.
  void drain(double now);
  /// When the next look at faults or takers ends.
  [[nodiscard]] std::optional<double> next_end() const;
  /// When to drain again: that, or when a look at locks begins or ends.
  [[nodiscard]] std::optional<double> next_turn(double now) const;
  /// The window closed: nothing runs any more, and the readings are whole.
  void close(double now);
  [[nodiscard]] const ProbeReadings& of(std::size_t target) const { return targets_[target].readings; }

 private:
  struct Target {
    Watched watched;
    ProbeReadings readings;
    std::set<pid_t> followed;
    bool is_followed = true;                      ///< with all its processes
    std::map<pid_t, double> cpu_seconds, faults;  ///< by process when the probe first saw it
  };
  struct Look {
    double began = 0, ends = 0;
  };

  void follow(Target& target, unsigned index);
  void follow(Target& target, unsigned index, pid_t pid);
  void forget_the_dead();
  void read_waits(double now);
  void deny_waits(const Error& error);
  void watch_waits(double now);
  void leave_waits(double now);
  [[nodiscard]] FaultRates rates(double now) const;
  [[nodiscard]] bool somebody_waited() const;
  [[nodiscard]] std::vector<std::vector<pid_t>> living() const;
  [[nodiscard]] double cpu_seconds(const Target& target) const;
  void count_allocations(unsigned slice, double now);
  void begin_faults(double now);
  Result<void> watch_faults(double now, double lasts);
  Result<void> sample_faults(const Error& why_no_probe);
  Result<void> sample_pages(unsigned bits);
  void begin_takers(double now);
  void end_faults(double now);
  void end_takers(double now);
  [[nodiscard]] Result<WatchedFaults> faults_of(unsigned index) const;
  void read_faults(Target& target, unsigned index);
  void deny_faults(const Error& error);
  void thin_pages();

  const host::Machine* machine_;
  double window_seconds_, slice_seconds_;
  ProbeParts parts_;
  std::vector<Target> targets_;
  std::optional<host::AddressSpaceProbe> probe_;
  Error why_no_probe_;
  bool is_closed_ = false;
  std::optional<FaultSampling> sampling_;  ///< instead of the probe
  std::optional<AllocationWatch> allocations_;
  double host_faults_at_start_ = 0;
  std::optional<Look> fault_look_, taker_look_;
  std::optional<LockLooks> lock_looks_;
  Switching waits_switching_, takers_switching_;
  double faults_watched_seconds_ = 0, takers_watched_seconds_ = 0;
  unsigned bursts_ = 0;
  std::optional<unsigned> page_bits_;
};

}  // namespace faultline::measure
