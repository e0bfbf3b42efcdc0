// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "advisor/host/fd.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// Where the files of the machine are: "/" in production, a recorded tree in tests. The one way to read text files
/// of /proc, /sys and cgroup mounts. Paths are absolute as seen inside the root: "/proc/41/stat".
class Root {
 public:
  static Result<Root> open(const std::string& path = "/");

  /// The whole file, at most `cap_bytes`; longer is an error, never a silent cut. Errors: not_found (ENOENT),
  /// gone (ESRCH: the process ended between open and read), permission (EACCES, EPERM), io.
  [[nodiscard]] Result<std::string> read(std::string_view path, std::size_t cap_bytes = 1U << 22U) const;
  [[nodiscard]] Result<std::string> read_link(std::string_view path) const;
  /// Names in a folder, sorted, without "." and "..".
  [[nodiscard]] Result<std::vector<std::string>> list(std::string_view path) const;
  [[nodiscard]] bool exists(std::string_view path) const;
  [[nodiscard]] Result<Fd> open_path(std::string_view path, int flags) const;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  Root(Fd fd, std::string path);
  Fd fd_;
  std::string path_;
};

}  // namespace faultline::host
