// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <sys/types.h>

#include "tests/lab/harness/service_process.h"

namespace faultline::lab {

/// What the built faultline says of one process, through its command line.
struct Audit {
  nlohmann::json target;  ///< targets[0] of the document; null when there is none
  std::string error;      ///< what it said instead; empty when it worked
};

/// Runs `faultline audit pid:PID --window WINDOW --format json`. Keeps the snapshot at `snapshot_path` unless empty.
Audit audit_process(pid_t pid, const std::string& window, const std::string& snapshot_path);

/// A fact's value; nothing when it is unknown.
std::optional<double> fact(const Audit& audit, const std::string& name);

}  // namespace faultline::lab
