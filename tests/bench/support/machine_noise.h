// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace faultline::bench {

/// How busy the whole machine was between two moments: what a bench says about the noise it stood in.
class MachineNoise {
 public:
  MachineNoise();
  /// "2 CPUs, 93 % busy, 4 % stolen by the hypervisor, load 3.1", since construction. From /proc/stat.
  [[nodiscard]] std::string describe() const;

 private:
  struct Ticks {
    double busy = 0;
    double stolen = 0;
    double all = 0;
  };
  static Ticks read();

  Ticks start_;
};

}  // namespace faultline::bench
