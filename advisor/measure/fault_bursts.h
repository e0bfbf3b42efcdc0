// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace faultline::measure {

/// What watching costs, and how much of it is allowed.
struct WatchCost {
  /// Part of its CPU time that watching faults may take from the targets, and of its CPUs from the rest of the host.
  static constexpr double share = 0.005;
  /// A fault of a target while it is watched; tests/bench/counting_cost measures it, "BPF at its faults".
  static constexpr double own_fault_seconds = 460e-9;
  /// The same where faults are sampled without BPF, "perf records of its faults"; others pay nothing.
  static constexpr double sampled_fault_seconds = 1000e-9;
  /// A fault of any other process then: the program looks and leaves, "BPF at faults of others".
  static constexpr double other_fault_seconds = 230e-9;
  /// A wait for a lock while such waits are watched. Running the programs is the least of it: a thread that is held up
  /// on its way to sleep at a lock holds up those behind it. By what a service that does nothing else lost of its
  /// throughput, tests/bench/overhead mapping_threads.
  static constexpr double contention_seconds = 35e-6;
};

/// /proc/PID/stat counts CPU time in ticks: less than one is not nothing.
inline constexpr double tick_seconds = 0.01;

/// What the burst is planned by, of all targets, since the window opened.
struct FaultRates {
  double seconds = 0;       ///< since then
  unsigned cpus = 1;        ///< of the host
  double cpu_seconds = 0;   ///< of the targets
  double own_faults = 0;    ///< of the targets
  double other_faults = 0;  ///< of the rest of the host
};

/// Whether a slice begins with a look at what happens too often to be watched all the time: 1, 2, 4, 8, …, so that a
/// window of 30 minutes is not looked at more often than it has to be. Slice 0 has no rates to plan by.
bool is_look(unsigned slice);

/// How long faults may be watched now: what is left of the budget up to this time, at the mean rates so far, and at
/// most `longest_seconds`. 0 when that is too short to see a page twice.
double burst_seconds(const FaultRates& rates, double watched_seconds, double longest_seconds);
/// The same where they are sampled without BPF.
double sampled_burst_seconds(const FaultRates& rates, double watched_seconds, double longest_seconds);

/// The bits of the page sample to begin with: as many pages as `faults` can touch have to find a place.
unsigned first_page_bits(double faults);

}  // namespace faultline::measure
