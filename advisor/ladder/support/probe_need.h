// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "advisor/host/address_space_probe.h"
#include "advisor/ladder/support/rung.h"

namespace faultline {

/// What a rung needs of a BPF probe: loads and attaches it for a moment to know, as only the kernel can say.
Need probe_need(const host::Machine& machine, host::AddressSpaceProbe::Part part, std::string what,
                std::string without);

}  // namespace faultline
