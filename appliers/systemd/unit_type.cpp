// SPDX-License-Identifier: Apache-2.0
#include "appliers/systemd/unit_type.h"

#include <algorithm>
#include <array>

namespace faultline::systemd {
namespace {

// A slice runs no process of its own and has a cgroup. Scopes are made by programs and gone with them; sockets,
// mounts and swaps run processes only for a moment.
constexpr std::array types{
    UnitType{".service", "Service", true},
    UnitType{".slice", "Slice", false},
};

}  // namespace

const UnitType* unit_type_of(std::string_view unit_id) {
  const auto* const it =
      std::find_if(types.begin(), types.end(), [&](const UnitType& type) { return unit_id.ends_with(type.suffix); });
  return it == types.end() ? nullptr : it;
}

}  // namespace faultline::systemd
