// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace faultline::systemd {

/// What kind of unit a name is of, as far as a drop-in depends on it.
struct UnitType {
  std::string_view suffix;   ///< ".service"
  std::string_view section;  ///< where its settings go
  bool has_processes;        ///< takes Environment=, and what it sets already is read
};

/// Nothing for the types that no drop-in of faultline's is for.
const UnitType* unit_type_of(std::string_view unit_id);

}  // namespace faultline::systemd
