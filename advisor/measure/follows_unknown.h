// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <string_view>

#include "advisor/model/fact.h"

namespace faultline::measure {

/// The reason and unlock of the first fact of `inputs` that is unknown, for a fact that follows from them.
Fact follows_unknown(const FactSet& facts, std::string_view name, std::initializer_list<std::string_view> inputs);

}  // namespace faultline::measure
