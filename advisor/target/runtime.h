// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "advisor/host/by_file.h"
#include "advisor/host/elf.h"
#include "advisor/host/machine.h"
#include "advisor/model/snapshot.h"

namespace faultline::target {

/// Whether a variable is a tuning variable that may be read from a process or unit into a snapshot. The one allow-list.
bool is_tuning_variable(std::string_view name);

/// A tuning variable's value without what may be a secret: of option lists (JAVA_TOOL_OPTIONS…) only tuning options.
std::string scrubbed_value(std::string_view name, std::string_view value);

/// What was read of executables and libcs, for all processes that have them.
struct Binaries {
  host::ByFile<std::optional<host::ElfSummary>> executables;
  host::ByFile<std::optional<std::string>> glibc_versions;
};

/// What a process is: exe, comm, cgroup, runtime, libc, allocator, linkage, AT_SECURE, arenas, environment.
/// Never fails: what cannot be read stays "unknown" or absent. Reads the executable through /proc/PID/root or
/// /proc/PID/exe with the safe opener and a bounds-checked ELF reader; executes nothing of the target.
Process describe_process(const host::Machine& machine, pid_t pid, Binaries& binaries);

}  // namespace faultline::target
