// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "advisor/model/result.h"

namespace faultline::host {

/// How many bytes of a function's entry have to be read to choose a site.
inline constexpr std::size_t probe_site_bytes = 8;

/// Bytes from a function's start where a breakpoint may be put.
struct ProbeSites {
  unsigned first = 0;
  std::optional<unsigned> second = {};  ///< the next instruction, if it may be probed too
};

/// Where in a function's entry, given its first bytes. Only on instructions that the kernel carries out itself
/// (arch/x86/kernel/uprobes.c: push_setup_xol_ops since Linux 5.0, branch_setup_xol_ops for nop). Any other is
/// single-stepped out of line at some 15 us a call; the five-byte nop is made a call by Linux 6.18, which writes below
/// the stack pointer, where a leaf function keeps its variables.
/// Errors: refused, which says what the function begins with; unsupported off x86-64.
Result<ProbeSites> probe_sites(std::string_view entry);

}  // namespace faultline::host
