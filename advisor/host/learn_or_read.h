// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "advisor/host/kernel_symbols.h"
#include "advisor/host/root.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// Makes the names of these addresses known; by the kernel's list where the kernel, when asked, names none: a frame
/// without a name would count as work of no kind.
void learn_or_read(Result<KernelSymbols>& symbols, const Root& root, const std::vector<std::uint64_t>& addresses);

}  // namespace faultline::host
