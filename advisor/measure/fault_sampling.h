// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "advisor/host/address_space_probe.h"
#include "advisor/host/fault_sampler.h"
#include "advisor/host/machine.h"

namespace faultline::measure {

/// Faults by page without BPF, from samples of the threads that fault most. Gives what the probe gives, in bounded
/// memory, but for copies, which it cannot tell from touches.
class FaultSampling {
 public:
  FaultSampling(const host::Machine& machine, std::size_t targets);

  /// Begins to sample, for each target, the threads of these processes. Errors: permission, io (no thread could be
  /// sampled).
  Result<void> begin(const std::vector<std::vector<pid_t>>& processes);
  /// Makes room in the buffers. Between begin() and end().
  void drain();
  void end();
  /// One page in 2^bits is kept from now on; those of a larger `bits` are among those of a smaller.
  void sample_pages(unsigned bits);

  /// Whether any of its threads ever was: else nothing is known of it, and not that it has no faults.
  [[nodiscard]] bool was_sampled(std::size_t target) const { return targets_[target].was_sampled; }
  [[nodiscard]] const host::FaultCounts& counts(std::size_t target) const { return targets_[target].counts; }
  [[nodiscard]] std::vector<host::SampledPage> pages(std::size_t target) const;
  [[nodiscard]] std::vector<host::FaultingThread> threads(std::size_t target) const;
  /// "16 of 20 threads" where not all could be sampled; else empty.
  [[nodiscard]] std::string threads_left_out(std::size_t target) const;

 private:
  struct Sampled {
    std::size_t target = 0;
    std::string thread;
    host::FaultSampler sampler;
  };
  struct Target {
    host::FaultCounts counts;
    std::map<std::pair<pid_t, std::uint64_t>, std::uint32_t> touches;
    std::map<std::string, std::uint64_t> threads;
    std::size_t threads_there = 0, threads_sampled = 0;
    bool was_sampled = false;
  };
  [[nodiscard]] bool is_sampled(std::uint64_t address) const;
  void take(Sampled& sampled);

  const host::Machine* machine_;
  std::uint64_t page_bytes_;
  unsigned page_bits_ = 0;
  std::vector<Target> targets_;
  std::vector<Sampled> sampled_;
};

}  // namespace faultline::measure
