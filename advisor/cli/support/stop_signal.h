// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>

#include "advisor/host/fd.h"

namespace faultline::cli {

/// While it lives, SIGINT and SIGTERM make `fd()` readable instead of ending the process: the window closes early and
/// what was measured is reported. A second signal is as readable as the first; SIGKILL is the user's last word.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  sigset_t before_{};
  host::Fd fd_;
};

}  // namespace faultline::cli
