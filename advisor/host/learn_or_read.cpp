// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/learn_or_read.h"

namespace faultline::host {

void learn_or_read(Result<KernelSymbols>& symbols, const Root& root, const std::vector<std::uint64_t>& addresses) {
  if (symbols && !symbols->learn(addresses)) symbols = KernelSymbols::read(root);
}

}  // namespace faultline::host
