// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "advisor/host/fd.h"

namespace faultline::host {

/// A file in this process's own memory, for libraries that take nothing but a path. Gone with this object.
class MemoryFile {
 public:
  /// Nothing where the kernel or a limit refuses it (memfd_create(2)).
  static std::optional<MemoryFile> open(const char* name);
  /// All of `bytes` at the end, or false.
  [[nodiscard]] bool append(std::string_view bytes) const;
  [[nodiscard]] std::string path() const;

 private:
  explicit MemoryFile(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace faultline::host
