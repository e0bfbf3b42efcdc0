// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "advisor/model/result.h"

namespace faultline::systemd {

/// `NAME=VALUE` as one word of Environment=: quoted, C-escaped, specifiers doubled (systemd.exec(5),
/// systemd.syntax(7)). Errors: refused for a name that is none, for control characters and for values over 2 KiB.
Result<std::string> environment_word(std::string_view name, std::string_view value);

}  // namespace faultline::systemd
