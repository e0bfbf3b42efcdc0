// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "advisor/facts/number_words.h"
#include "advisor/model/fact.h"

namespace faultline::diagnosis {

using facts::fact_words;
using facts::number_words;

/// Replaces each {fact.name} by fact_words. Other braces stay.
std::string interpolate(std::string_view text, const FactSet& facts);

}  // namespace faultline::diagnosis
