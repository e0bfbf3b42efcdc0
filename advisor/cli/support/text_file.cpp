// SPDX-License-Identifier: Apache-2.0
#include "advisor/cli/support/text_file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "advisor/host/fd.h"

namespace faultline::cli {
namespace {

ErrorKind kind_of(int error) {
  if (error == ENOENT || error == ENOTDIR) return ErrorKind::not_found;
  return error == EACCES || error == EPERM ? ErrorKind::permission : ErrorKind::io;
}

tl::unexpected<Error> cannot_read(const std::string& path, ErrorKind kind, const std::string& why) {
  return fail(kind, "cannot read", path, why);
}

}  // namespace

Result<std::string> read_text_file(const std::string& path, std::size_t cap_bytes) {
  const bool is_input = path == "-";
  const host::Fd fd(is_input ? ::dup(STDIN_FILENO) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) return cannot_read(path, kind_of(errno), std::strerror(errno));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return cannot_read(path, ErrorKind::io, std::strerror(errno));
  if (S_ISDIR(info.st_mode)) return cannot_read(path, ErrorKind::input, "it is a folder");
  const auto too_long = [&] {
    return cannot_read(path, ErrorKind::input, fmt::format("it is longer than {} MiB", cap_bytes >> 20U));
  };
  if (S_ISREG(info.st_mode) && static_cast<std::size_t>(info.st_size) > cap_bytes) return too_long();
  std::string text;
  std::array<char, 65536> chunk{};
  for (;;) {
    const ssize_t got = ::read(fd.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(path, kind_of(errno), std::strerror(errno));
    if (got == 0) return text;
    text.append(chunk.data(), static_cast<std::size_t>(got));
    if (text.size() > cap_bytes) return too_long();
  }
}

}  // namespace faultline::cli
