// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "advisor/model/fact.h"

namespace faultline::report {

/// 1040000 → "1.04 M", 3210 → "3.21 k", 12 → "12".
std::string si(double value);
/// 0.704 → "70 %", 0.0012 → "0.12 %", 0 → "0 %".
std::string percent(double share);
/// 433061888 → "413 MiB".
std::string bytes(double value);
/// A value in its unit, as a person reads it. `unit` as in the catalogue.
std::string with_unit(const FactValue& value, std::string_view unit);

}  // namespace faultline::report
