// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "advisor/model/result.h"

namespace faultline {

/// Whether a name may be a unit's: letters, digits and ":-_.\@", at most 255 bytes, with a suffix, no "..", no '/'
/// (systemd.unit(5)). What passes is safe in a D-Bus call and as part of a path. Errors: usage.
Result<void> check_unit_name(std::string_view name);

}  // namespace faultline
