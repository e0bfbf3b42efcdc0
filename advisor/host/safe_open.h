// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <sys/types.h>

#include "advisor/host/fd.h"
#include "advisor/host/root.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// The file system that a process sees, held open: /proc/PID/root. Needs PTRACE_MODE_READ.
Result<Fd> open_process_root(const Root& root, pid_t pid);

/// The one way to open a file that a target chose. The target may have planted a symbolic link to the host, a FIFO, a
/// device or an endless file: the path is resolved inside the root and never out of it, magic links are refused
/// (openat2(2) RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS), the open never blocks and only regular files of at most
/// `cap_bytes` pass. Errors: not_found, permission, refused, io, unsupported before Linux 5.6.
Result<Fd> safe_open(const Fd& process_root, const std::string& path, std::uint64_t cap_bytes);

/// Up to `count` bytes at `offset`; fewer at the end of the file.
Result<std::string> read_at(const Fd& file, std::uint64_t offset, std::size_t count);

}  // namespace faultline::host
