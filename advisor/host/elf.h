// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "advisor/host/fd.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// What an executable says of itself, as far as advice depends on it.
struct ElfSummary {
  unsigned machine = 0;           ///< e_machine, e.g. EM_X86_64
  std::string interpreter;        ///< PT_INTERP; empty: no loader runs
  bool dynamic = false;           ///< has PT_DYNAMIC (a static-PIE has it too)
  bool go = false;                ///< has Go's build information or build id
  std::set<std::string> symbols;  ///< those of the wanted that it defines, from .symtab and .dynsym
};

/// Reads with pread and checks every offset and size against the file: a hostile file costs an error, at most a few
/// megabytes and no more. `wanted` are symbol names to look for. Errors: input (not ELF, not 64-bit little-endian,
/// malformed), io.
Result<ElfSummary> read_elf(const Fd& file, const std::vector<std::string_view>& wanted);

}  // namespace faultline::host
