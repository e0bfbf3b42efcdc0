// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "advisor/host/root.h"
#include "advisor/ladder/support/probe_readings.h"

namespace faultline::measure {

/// Says of each page of the sample what it belongs to. `before` are the pages as they were known after the last burst.
/// Mappings are read once a burst and process, and only where a page is new or was gone; where they could not be read
/// its pages have no kind and `watched` says why.
void know_kinds(WatchedFaults& watched, const std::vector<KnownPage>& before, const host::Root& root);

}  // namespace faultline::measure
