// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "advisor/model/result.h"
#include "appliers/systemd/directive.h"

namespace faultline::systemd {

/// The name of the one file that faultline owns in a unit's folder of drop-ins. Drop-ins of all folders apply in the
/// order of their names (systemd.unit(5)): this one is after what people usually choose.
inline constexpr std::string_view own_file_name = "zz-faultline.conf";

/// /etc/systemd/system/UNIT.d/zz-faultline.conf. `unit_id` must be a valid unit name.
std::string own_file_path(std::string_view unit_id);

/// The file with its header: who made it, the plan, and the hash of what follows.
std::string own_file_text(std::string_view faultline_version, std::string_view plan_id, std::string_view body);

struct OwnFile {
  std::string plan_id;
  std::vector<Directive> directives;
};

/// Reads a file back. Errors: refused when its header is none of ours, or when its body is not what the header's
/// hash was made of: a person edited it, and what they meant is theirs.
Result<OwnFile> read_own_file(std::string_view section, std::string_view text);

}  // namespace faultline::systemd
