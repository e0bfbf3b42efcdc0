// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "advisor/host/machine.h"
#include "advisor/target/target.h"

namespace faultline::cli {

struct Screened {
  std::vector<target::Target> busy;  ///< busiest first
  std::vector<std::string> idle;     ///< names
};

/// A first look at many services by free numbers alone (CPU time and faults of /proc/PID/stat over one second), so
/// that the full ladder is only spent on those that do something. At most 32 are busy.
Screened screen(const host::Machine& machine, std::vector<target::Target> targets);

}  // namespace faultline::cli
