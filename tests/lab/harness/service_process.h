// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace faultline::lab {

/// How to start a lab service.
struct ServiceCommand {
  std::string service;  ///< name of the program
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;  ///< its whole environment, but for PATH
};

/// What a service says of itself when it ends: "requests", "requests_per_second", "cpu_seconds", "p50_us", "p99_us", …
using ServiceReport = std::map<std::string, double>;

/// A lab service that runs, and ends with its owner (or with the test program, however that ends).
class ServiceProcess {
 public:
  /// Starts it and waits until it says that it is ready. Nothing and the reason in `why` when it does not.
  static std::optional<ServiceProcess> start(const ServiceCommand& command, std::string& why);
  ServiceProcess(ServiceProcess&& other) noexcept;
  ServiceProcess& operator=(ServiceProcess&&) = delete;
  ServiceProcess(const ServiceProcess&) = delete;
  ServiceProcess& operator=(const ServiceProcess&) = delete;
  ~ServiceProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Ends it with SIGTERM and returns its report; empty when it had to be killed or has ended before.
  ServiceReport stop();

 private:
  ServiceProcess(pid_t pid, int output) : pid_(pid), output_(output) {}
  bool wait_until_ready();

  pid_t pid_ = -1;
  int output_ = -1;
  std::string said_;
};

}  // namespace faultline::lab
