// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <sys/types.h>

#include "advisor/host/root.h"
#include "advisor/model/result.h"

namespace faultline::host {

using BytesByNode = std::map<unsigned, std::uint64_t>;

/// Where the resident memory of a process is, summed over the lines of /proc/PID/numa_maps, numa(7).
struct NumaMaps {
  BytesByNode bytes;                                     ///< as numastat -p counts: all pages that are mapped
  std::map<std::string, std::uint64_t> bytes_by_policy;  ///< of anonymous memory: "default", "bind:0", "interleave:0-1"
};

/// Walks the page tables of the whole process under its mmap_lock (fs/proc/task_mmu.c, show_numa_map): use once, not
/// by slice, and not for large processes. Needs PTRACE_MODE_READ. Errors: unsupported without CONFIG_NUMA.
Result<NumaMaps> read_numa_maps(const Root& root, pid_t pid);

Result<NumaMaps> parse_numa_maps(std::string_view text);

}  // namespace faultline::host
