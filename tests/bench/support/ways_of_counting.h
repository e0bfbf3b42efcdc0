// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/support/worker.h"

// The ways in which a process can be watched from outside, each as one thing that is switched on and off.
namespace faultline::bench {

/// Something that watches a worker while it lives.
class Watching {
 public:
  virtual ~Watching() = default;
};

struct WayOfCounting {
  std::string name;
  /// Starts to watch. Throws std::runtime_error with what was refused.
  std::function<std::unique_ptr<Watching>(const Worker&)> start;
};

/// All of them, "nothing" first. perf_event_open(2).
std::vector<WayOfCounting> ways_of_counting();

}  // namespace faultline::bench
