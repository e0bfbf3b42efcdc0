// SPDX-License-Identifier: Apache-2.0
// lock_agreement [ROUNDS] [SECONDS]: sleeps at mmap_lock, their number and time, against a bpftrace program at the same
// tracepoints, over the same windows.
#include <cstdlib>
#include <exception>
#include <fmt/format.h>
#include <stdexcept>

#include "tests/bench/support/lock_reference.h"
#include "tests/bench/support/machine_noise.h"
#include "tests/bench/support/measured.h"
#include "tests/bench/support/service.h"
#include "tests/bench/support/statistics.h"
#include "tests/bench/support/verdict.h"

namespace faultline::bench {
namespace {

constexpr double most_difference_percent = 10;

struct Line {
  std::vector<double> ours, theirs, differences_percent;

  void add(double own, double reference) {
    ours.push_back(own);
    theirs.push_back(reference);
    if (reference > 0) differences_percent.push_back((own / reference - 1) * 100);
  }
  void print(const char* name, int decimals, Verdicts& verdicts) const {
    fmt::print("  {:<18} {:>12.{}f} {:>12.{}f} {:>23} %  {}\n", name, median(ours), decimals, median(theirs), decimals,
               with_interval(differences_percent, 2),
               to_string(verdicts.add(within(differences_percent, most_difference_percent))));
  }
};

/// What sleeping took in all: faultline has the queue for a CPU apart, as schedstat counts it too.
std::optional<double> slept_seconds(const Measured& ours) {
  const auto wait = ours.fact("mmap_lock.wait.seconds");
  const auto queued = ours.fact("mmap_lock.queued.seconds");
  return wait && queued ? std::optional(*wait + *queued) : std::nullopt;
}

int run_rounds(int rounds, int seconds) {
  const MachineNoise noise;
  const Service service("mapping_threads", {});
  const LockReference reference(service.pid());
  Line waits, slept;
  for (int round = 0; round < rounds; ++round) {
    const Measured ours = measure(service.pid(), seconds);
    const auto theirs = reference.between(ours.opened, ours.closed());
    const auto count = ours.fact("mmap_lock.waits.count");
    const auto time = slept_seconds(ours);
    if (!theirs || !count || !time) throw std::runtime_error("waits could not be counted: see faultline doctor");
    waits.add(*count, theirs->waits);
    slept.add(*time, theirs->seconds);
  }
  fmt::print("\nmapping_threads ({})\n  {:<18} {:>12} {:>12} {:>23}\n", noise.describe(), "a window", "faultline",
             "bpftrace", "difference");
  Verdicts verdicts;
  waits.print("waits", 0, verdicts);
  slept.print("seconds slept", 3, verdicts);
  return verdicts.exit_code();
}

}  // namespace
}  // namespace faultline::bench

int main(int argc, char** argv) {
  using namespace faultline::bench;
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 10;
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 5;
  if (argc > 3 || rounds < 1 || seconds < 1) {
    fmt::print(stderr, "usage: lock_agreement [ROUNDS] [SECONDS]\n");
    return 64;
  }
  try {
    fmt::print("lock_agreement {} {}: medians of {} windows of {} s; within {} %\n", rounds, seconds, rounds, seconds,
               most_difference_percent);
    return run_rounds(rounds, seconds);
  } catch (const std::exception& error) {
    fmt::print(stderr, "lock_agreement: {}\n", error.what());
    return 1;
  }
}
