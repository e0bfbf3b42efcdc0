// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace faultline::host {

/// CPU time of this process so far, user and system. Not that of children: one that faultline starts is a target.
double own_cpu_seconds();

}  // namespace faultline::host
