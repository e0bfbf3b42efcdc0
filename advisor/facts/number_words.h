// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "advisor/model/fact.h"

namespace faultline::facts {

/// A number in its catalogue unit for people: "412 MiB", "70 %", "1.04 M/s", "2.5 cores", "1.2 s", "1.48 us".
std::string number_words(double value, std::string_view unit);

/// A fact's value for people; "unknown" when it is not known.
std::string fact_words(const FactSet& facts, std::string_view name);

}  // namespace faultline::facts
