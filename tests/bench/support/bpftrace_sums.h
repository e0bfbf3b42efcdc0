// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/bench/support/command.h"
#include "tests/bench/support/timeline.h"

namespace faultline::bench {

/// A bpftrace program beside another measurement: what it counted between any two moments.
class BpftraceSums {
 public:
  /// `probes` adds to @NAME[cpu] for each of `names`: a variable of its own for each CPU, as increments of one by
  /// several CPUs are lost. `also_clear`: its other maps, which bpftrace would print at its end.
  /// Throws std::runtime_error when bpftrace does not count in half a minute.
  BpftraceSums(const std::string& probes, const std::vector<std::string>& names,
               const std::vector<std::string>& also_clear);

  /// A sum for each of `names` between two moments of CLOCK_REALTIME, from lines twenty times a second; nothing where
  /// it has none around them after half a minute.
  [[nodiscard]] std::optional<std::vector<double>> between(double from, double until) const;

 private:
  [[nodiscard]] Timeline read() const;
  std::size_t columns_;
  Command command_;
};

}  // namespace faultline::bench
