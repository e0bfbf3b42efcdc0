// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
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
  /// The same, of a file that nobody else asks for: never kept.
  [[nodiscard]] Result<std::string> read_now(std::string_view path, std::size_t cap_bytes = 1U << 22U) const;
  [[nodiscard]] Result<std::string> read_link(std::string_view path) const;
  /// Names in a folder, sorted, without "." and "..".
  [[nodiscard]] Result<std::vector<std::string>> list(std::string_view path) const;
  [[nodiscard]] bool exists(std::string_view path) const;
  [[nodiscard]] Result<Fd> open_path(std::string_view path, int flags) const;
  [[nodiscard]] const std::string& path() const { return path_; }

  /// The same root, which reads a file or a folder once and then says what it read, an error too, until forget(): for
  /// what several ask of the machine at one moment. Errors: io.
  [[nodiscard]] Result<Root> keeping() const;
  void forget();

 private:
  struct Kept {
    std::map<std::string, Result<std::string>, std::less<>> texts;
    std::map<std::string, Result<std::vector<std::string>>, std::less<>> folders;
  };
  Root(Fd fd, std::string path);
  [[nodiscard]] Result<std::vector<std::string>> list_now(std::string_view path) const;
  Fd fd_;
  std::string path_;
  std::unique_ptr<Kept> kept_;  ///< nothing: each read is one of the file
};

}  // namespace faultline::host
