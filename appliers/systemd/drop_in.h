// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "advisor/model/change.h"
#include "advisor/model/result.h"
#include "advisor/model/setting.h"
#include "advisor/model/snapshot.h"

namespace faultline::systemd {

/// The settings of one fix, to be rendered together with those of others.
struct FixSettings {
  std::string fix;
  std::string reason;  ///< one line for the comment above the directives; from our own tables, never from a policy
  Settings settings;
};

/// Renders settings as /etc/systemd/system/UNIT.d/zz-faultline.conf: merged with what the unit sets already, escaped by
/// the typed emitter, re-parsed and compared with the intent, shown as a unified diff. Writes nothing.
/// `process_environment` is what the main process really has (allow-listed), to find what a drop-in would not win over.
/// A fix that the unit defeats (EnvironmentFile, UnsetEnvironment, later drop-in, masked or not a service) is refused
/// with the reason; the others are rendered. No change when nothing would differ.
Rendering render(const Unit& unit, const std::map<std::string, std::string>& process_environment,
                 const std::vector<FixSettings>& fixes, const std::string& faultline_version);

}  // namespace faultline::systemd
