// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace faultline::hosts {

struct CommandResult {
  int exit_code = -1;  ///< 128 + the signal when one ended it
  std::string out;
  std::string err;
};

/// Runs a program, found in PATH, with nothing on its standard input, and waits for it.
CommandResult run_command(const std::vector<std::string>& argv);

}  // namespace faultline::hosts
