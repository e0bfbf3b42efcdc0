// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "advisor/host/address_space_probe.h"
#include "advisor/model/result.h"
#include "advisor/target/page_kind.h"

namespace faultline {

/// A page of the sample and what it belongs to.
struct KnownPage {
  host::SampledPage seen;
  std::optional<target::PageKind> kind = {};  ///< nothing where the mappings could not be read
};

/// Faults of a target in the bursts in which they were watched.
struct WatchedFaults {
  double seconds = 0;  ///< all bursts together
  unsigned bursts = 0;
  host::FaultCounts counts;
  unsigned page_bits = 0;  ///< one page in 2^bits was sampled
  std::vector<KnownPage> pages;
  std::vector<host::FaultingThread> threads;
  std::string why_no_kind = {};  ///< of pages without one
  /// Without BPF a fault on a page that may not be written counts as a touch.
  bool tells_copies = true;
  std::string threads_left_out = {};  ///< "16 of 20 threads" where not all were watched
};

/// Sleeps at a target's mmap_lock in the looks in which they were watched.
struct WatchedWaits {
  host::LockWaits seen;
  double seconds = 0;     ///< all looks together
  double of_seconds = 0;  ///< the window so far

  [[nodiscard]] bool is_whole() const { return seconds >= of_seconds; }
  /// What is seen in the looks stands for the window.
  [[nodiscard]] double scale() const { return is_whole() || seconds <= 0 ? 1 : of_seconds / seconds; }
};

/// Who took a target's mmap_lock for writing, in the bursts in which it was counted.
struct WatchedTakers {
  double seconds = 0;
  std::vector<host::LockTaker> takers;
};

/// Calls of a target's allocator over some of its CPU time.
struct ProbedTime {
  double calls = 0;
  double hits = 0;         ///< of probes: of each call, of its second instruction, and of calls that do not count
  double cpu_seconds = 0;  ///< of the probed processes, the probes' own part in it
  double seconds = 0;      ///< by the clock
  void add(const ProbedTime& more) {
    calls += more.calls;
    hits += more.hits;
    cpu_seconds += more.cpu_seconds;
    seconds += more.seconds;
  }
};
struct AllocationBurst {
  ProbedTime once;
  ProbedTime twice = {};  ///< calls that were hit at their second instruction too, to tell what a hit costs
};

/// Calls of a target's allocator in the bursts in which they were counted.
struct WatchedAllocations {
  host::AllocationCounts counts;  ///< before and after a burst too
  std::vector<AllocationBurst> bursts;
  double unclocked_cpu_seconds = 0;  ///< of threads that were too many to have a clock each
  double hit_seconds = 0;            ///< what a hit costs here, measured on a function of our own
  std::string where;                 ///< "malloc of libc.so.6"
  std::string left_out;              ///< functions that could not be probed
  std::size_t processes = 0;         ///< probed at most at once
  std::size_t of_processes = 0;      ///< that were there then
};

/// What the BPF probes saw of one target up to the last slice or burst; or why they saw nothing.
struct ProbeReadings {
  Result<WatchedWaits> lock_waits = not_opened();
  Result<WatchedTakers> lock_takers = not_opened();
  Result<WatchedFaults> faults = not_opened();
  Result<WatchedAllocations> allocations = not_opened();

 private:
  static tl::unexpected<Error> not_opened() {
    return fail(ErrorKind::unsupported, "cannot watch locks and faults", "bpf", "no probe was opened");
  }
};

/// Of an observation without probes.
inline const ProbeReadings& no_probes() {
  static const ProbeReadings none;
  return none;
}

}  // namespace faultline
