// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "tests/hosts/systemd/support/command.h"

namespace faultline::hosts {

/// A systemd of its own, as PID 1 of a container with its own system bus: what faultline meets on a host. The container
/// has this machine's /usr, read-only, and nothing else of it, so the built faultline finds the libraries that it was
/// linked with, nothing is downloaded, and a boot takes a second. Services in it are ordinary processes of this
/// machine. faultline is in /opt/faultline/bin, the lab's services are in /opt/lab. Limit: where this machine has its
/// controllers on cgroup v1, the v2 inside has none, so that CPUQuota= does nothing.
class SystemdHost {
 public:
  /// Boots it below FAULTLINE_HOST_DIR, or build/hosts; nothing, and the reason in `why_not`, where that can't be done.
  static std::optional<SystemdHost> boot(std::string& why_not);
  SystemdHost(SystemdHost&& other) noexcept;
  SystemdHost& operator=(SystemdHost&&) = delete;
  SystemdHost(const SystemdHost&) = delete;
  SystemdHost& operator=(const SystemdHost&) = delete;
  /// Shuts it down and removes its files.
  ~SystemdHost();

  /// Runs a program inside, as root.
  [[nodiscard]] CommandResult run(const std::vector<std::string>& argv) const;
  /// Files by their path inside. /run and /tmp are the host's own, not on the disk.
  void write(const std::string& path, const std::string& text) const;
  [[nodiscard]] std::optional<std::string> read(const std::string& path) const;
  [[nodiscard]] std::filesystem::path path_of(const std::string& path) const;

 private:
  SystemdHost(std::filesystem::path folder, std::string name) : folder_(std::move(folder)), name_(std::move(name)) {}
  void start();
  bool wait_until_up();

  std::filesystem::path folder_;
  std::string name_;
  pid_t nspawn_ = -1;
  pid_t leader_ = -1;  ///< its PID 1, as this machine numbers it
};

}  // namespace faultline::hosts
