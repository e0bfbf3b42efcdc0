// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <sys/types.h>

#include "advisor/host/fd.h"
#include "advisor/host/machine.h"
#include "advisor/host/proc.h"

namespace faultline::target {

/// The file behind a mapping, to read; never another one that took its place on the disk. By the kernel's own link,
/// which is the file itself even when it was deleted or replaced or is seen from another mount namespace; where the
/// right to use that is missing (CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE, proc_pid_map_files(5)), by its path inside
/// the target's root.
std::optional<host::Fd> open_mapped_file(const host::Machine& machine, pid_t pid, const host::Mapping& mapping);

/// "/usr/lib/x/libc.so.6 (deleted)" → "libc.so.6".
std::string_view mapped_file_name(std::string_view path);

}  // namespace faultline::target
