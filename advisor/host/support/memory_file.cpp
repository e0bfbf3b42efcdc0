// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/support/memory_file.h"

#include <cerrno>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace faultline::host {

std::optional<MemoryFile> MemoryFile::open(const char* name) {
  Fd fd(::memfd_create(name, MFD_CLOEXEC));
  if (!fd) return std::nullopt;
  return MemoryFile(std::move(fd));
}

bool MemoryFile::append(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t done = ::write(fd_.get(), bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
  return true;
}

std::string MemoryFile::path() const { return fmt::format("/proc/self/fd/{}", fd_.get()); }

}  // namespace faultline::host
