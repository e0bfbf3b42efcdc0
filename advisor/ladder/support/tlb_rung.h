// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "advisor/host/pmu.h"
#include "advisor/ladder/support/rung.h"

namespace faultline {

/// The tlb rung over other counters than the machine's, for tests.
std::unique_ptr<Rung> make_tlb_rung(host::OpenPmu open_pmu);

}  // namespace faultline
