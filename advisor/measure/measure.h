// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "advisor/host/machine.h"
#include "advisor/model/result.h"
#include "advisor/model/snapshot.h"
#include "advisor/target/target.h"

namespace faultline::measure {

/// A fact has no more slices than this: those of a longer window are longer.
constexpr unsigned most_slices = 120;

struct WhyLeftOut {
  std::string reason, unlock;
};
/// Ids of rungs that are left out: their facts are unknown for this reason, and nothing is attached for them.
using LeftOut = std::map<std::string, WhyLeftOut, std::less<>>;

struct Options {
  double window_seconds = 10.0;
  double slice_seconds = 1.0;  ///< at least
  LeftOut without;
  /// Called when rungs are attached and before the first slice: a command is let go here.
  std::function<void()> on_open;
  /// Called a few times a second with the seconds since the window opened.
  std::function<void(double seconds)> on_progress;
  /// Readable when the window should close now, e.g. a signalfd of SIGINT; -1 for none.
  int stop_fd = -1;
};

/// Measures targets side by side in one window: opens all rungs of each, slices, closes, and builds the snapshots.
/// A target that ends early closes early and says so in window.ended_early; its facts stand. The window closes when
/// its time is over, when all targets ended, or when stop_fd becomes readable.
/// One result a target, in order. Errors: not_found or gone when a target had no process left to watch.
std::vector<Result<Snapshot>> measure(const host::Machine& machine, const std::vector<target::Target>& targets,
                                      const Options& options);

}  // namespace faultline::measure
