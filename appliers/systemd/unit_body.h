// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "advisor/model/result.h"
#include "appliers/systemd/directive.h"

namespace faultline::systemd {

/// The one place that makes text for a unit file: a section, and in it the directives, each escaped, each under the
/// comment lines that say why. Errors: refused for a value that cannot be written.
Result<std::string> emit_body(std::string_view section, const std::vector<Directive>& directives);

/// The reverse, of text that emit_body() wrote. Errors: input for whatever it would not have written.
Result<std::vector<Directive>> parse_body(std::string_view section, std::string_view body);

}  // namespace faultline::systemd
