// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

#include "advisor/host/fd.h"
#include "advisor/model/result.h"

namespace faultline::cli {

/// A command that faultline starts, holds before its exec until it is measured, and ends with. Its standard output
/// goes to standard error, so that data on standard output stays data.
class CommandChild {
 public:
  /// Forks; the child waits for release(). Errors: io.
  static Result<CommandChild> start(std::vector<std::string> command);
  CommandChild(CommandChild&& other) noexcept;
  CommandChild& operator=(CommandChild&&) = delete;
  CommandChild(const CommandChild&) = delete;
  CommandChild& operator=(const CommandChild&) = delete;
  /// Ends the command: SIGTERM, and SIGKILL when it is still there after five seconds. Reaps it.
  ~CommandChild();

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Lets the command go. not_found when its exec failed (named in the error), which is known when this returns.
  Result<void> release();

 private:
  CommandChild(pid_t pid, host::Fd go, host::Fd failed, std::string name);
  pid_t pid_ = -1;
  host::Fd go_;
  host::Fd failed_;
  std::string name_;
};

}  // namespace faultline::cli
