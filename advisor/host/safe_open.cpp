// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/safe_open.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "advisor/host/memory_folder.h"

namespace faultline::host {
namespace {

tl::unexpected<Error> refused(const std::string& path, ErrorKind kind, const std::string& why) {
  return fail(kind, "cannot read a file of the target", path, why);
}

ErrorKind open_error_kind(int error) {
  switch (error) {
    case EACCES:
    case EPERM: return ErrorKind::permission;
    case ENOENT:
    case ENOTDIR: return ErrorKind::not_found;
    case ELOOP:
    case EXDEV: return ErrorKind::refused;       // a magic link, or out of the root
    case ENOSYS: return ErrorKind::unsupported;  // before Linux 5.6
    default: return ErrorKind::io;
  }
}

}  // namespace

Result<Fd> open_process_root(const Root& root, pid_t pid) {
  return root.open_path(memory_folder(root, pid) + "/root", O_PATH | O_DIRECTORY);
}

Result<Fd> safe_open(const Fd& process_root, const std::string& path, std::uint64_t cap_bytes) {
  open_how how{};
  how.flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  Fd fd(static_cast<int>(::syscall(SYS_openat2, process_root.get(), path.c_str(), &how, sizeof how)));
  if (!fd) return refused(path, open_error_kind(errno), std::strerror(errno));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return refused(path, ErrorKind::io, std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return refused(path, ErrorKind::refused, "not an ordinary file");
  if (static_cast<std::uint64_t>(info.st_size) > cap_bytes) return refused(path, ErrorKind::refused, "too large");
  return fd;
}

Result<std::string> read_at(const Fd& file, std::uint64_t offset, std::size_t count) {
  std::string bytes(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    const ssize_t got = ::pread(file.get(), bytes.data() + have, count - have, static_cast<off_t>(offset + have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorKind::io, "cannot read a file of the target", "", std::strerror(errno));
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

}  // namespace faultline::host
