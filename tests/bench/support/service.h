// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/bench/support/command.h"

namespace faultline::bench {

/// What a service has done and used by a moment.
struct Progress {
  double requests = 0;
  double cpu_seconds = 0;   ///< user and system time of all its threads
  double wall_seconds = 0;  ///< CLOCK_MONOTONIC
};

/// A service of tests/lab that is ready and serves; ends with this object.
class Service {
 public:
  /// Throws std::runtime_error when it does not say "ready" in half a minute.
  Service(const std::string& name, std::vector<std::string> flags, Session session = Session::own);
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service();

  [[nodiscard]] pid_t pid() const { return command_.pid(); }
  /// Throws std::runtime_error when the service is gone.
  [[nodiscard]] Progress progress() const;

 private:
  void wait_until_ready(const std::string& name);

  std::string counter_path_;
  Command command_;
  const volatile std::uint64_t* served_ = nullptr;
};

}  // namespace faultline::bench
