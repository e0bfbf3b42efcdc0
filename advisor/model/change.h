// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace faultline {

/// Settings rendered for a platform: one file before and after. Data; nothing is written by having one.
struct Change {
  std::vector<std::string> fixes;  ///< ids of the fixes in it
  std::string platform;            ///< "systemd"
  std::string path;                ///< absolute path of the file
  std::optional<std::string> before;
  std::string after;
  std::string diff;                ///< unified, three lines of context
  std::vector<std::string> needs;  ///< "daemon-reload", "restart"
  std::vector<std::string> notes;  ///< what a reviewer should know
  std::string plan_id;
};

/// Why a platform does not express a fix for this target.
struct Refusal {
  std::string fix;
  std::string why;
  bool in_place = false;  ///< nothing is left to do: what the fix would set is set
};

struct Rendering {
  std::vector<Change> changes;
  std::vector<Refusal> refusals;
};

}  // namespace faultline
