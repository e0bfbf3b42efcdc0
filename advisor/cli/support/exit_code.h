// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "advisor/model/error.h"

namespace faultline::cli {

/// The same for every verb and format; scripts rely on them.
enum ExitCode : int {
  done = 0,
  error = 1,
  findings = 2,
  rolled_back = 3,
  rollback_incomplete = 4,
  refused = 5,
  usage = 64  ///< sysexits.h EX_USAGE
};

inline ExitCode exit_code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return usage;
    case ErrorKind::refused: return refused;
    default: return error;
  }
}

}  // namespace faultline::cli
