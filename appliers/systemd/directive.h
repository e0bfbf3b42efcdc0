// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "advisor/model/setting.h"

namespace faultline::systemd {

/// The keys of a unit file that faultline can write. A line with any other key has no representation.
enum class Key { environment, cpu_quota };

/// What a unit needs for a key to mean anything.
enum class Needs { processes, cgroup };

/// One row of the table setting -> directive.
struct KeySpec {
  Key key;
  std::string_view text;  ///< as in the file, before the '='
  Needs needs;
  bool takes_restart;  ///< false: daemon-reload writes it to the cgroup of the running unit
};
const KeySpec& spec_of(Key key);
/// Nothing for a key that is not in the table.
const KeySpec* find_key(std::string_view text);

/// One assignment, before any escaping.
struct Directive {
  Key key = Key::environment;
  std::string name;                  ///< of the variable; empty for keys that have none
  std::string value;                 ///< of the variable, or of the key ("150%")
  std::vector<std::string> reasons;  ///< comment lines above it: "FIX: why"

  /// Whether it assigns the same thing, to whatever value.
  [[nodiscard]] bool same_place(const Directive& other) const { return key == other.key && name == other.name; }
  /// Whether it says the same, for whatever reason.
  [[nodiscard]] bool same_meaning(const Directive& other) const { return same_place(other) && value == other.value; }
};

/// The directive of a setting, with its reason.
Directive directive_of(const Setting& setting, std::string reason);

/// CPUQuota= of so many cores: whole percent, rounded up (systemd before 247 knows no finer steps).
std::string quota_text(double cores);

}  // namespace faultline::systemd
