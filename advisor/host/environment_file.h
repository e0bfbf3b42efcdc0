// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace faultline::host {

/// The assignments of an EnvironmentFile= for which `allowed` is true, the last of two winning: systemd.exec(5).
/// Comments start with # or ;, a value may be quoted with ' or ", a backslash at a line's end continues it.
std::map<std::string, std::string> parse_environment_file(std::string_view text,
                                                          bool (*allowed)(std::string_view variable));

}  // namespace faultline::host
