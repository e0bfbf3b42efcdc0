// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

#include "advisor/host/address_space_probe.h"
#include "advisor/host/machine.h"
#include "advisor/model/result.h"

namespace faultline::target {

/// The functions of one file at which a process asks for memory, each call at one of them.
struct AllocatorFile {
  std::shared_ptr<const host::Fd> file;
  std::vector<host::AllocationEntry> entries;
  std::string where;     ///< "malloc of libc.so.6"
  std::string left_out;  ///< functions that may not be probed: "aligned_alloc, posix_memalign"
};

/// Where a process calls its allocator, in the layer that the allocator itself defines, so that no allocation is met
/// twice: malloc of libc, of an allocator's library or of the executable; C++'s operators where they are an allocator's
/// own; beside that the prefixed functions of an allocator in the executable (Rust's jemalloc or mimalloc, whose
/// __rust_alloc calls them). Reads the symbols of the files.
/// Errors: unsupported (Go, JVM, musl, static without symbols), refused (malloc begins with what may not be probed),
/// gone, io.
Result<std::vector<AllocatorFile>> find_allocation_functions(const host::Machine& machine, pid_t pid);

}  // namespace faultline::target
