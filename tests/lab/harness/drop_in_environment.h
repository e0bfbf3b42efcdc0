// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

namespace faultline::lab {

/// The variables that the Environment= lines of a drop-in set, as systemd would read them (man systemd.exec): quoted or
/// bare assignments, later ones win, %% is %. For what faultline emits; not a parser of all of systemd's syntax.
std::map<std::string, std::string> environment_of_drop_in(const std::string& text);

}  // namespace faultline::lab
