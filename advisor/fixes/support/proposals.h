// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "advisor/fixes/support/fix.h"

namespace faultline {

/// A proposal of a fix with its id and summary, and nothing else yet.
Proposal proposal_of(const Fix& fix);
Proposal refused(const Fix& fix, std::string why);
Proposal advised(const Fix& fix, std::string advice);

/// Why a fix that needs a fact cannot be offered without it, and how to get the fact.
std::string needs_fact(const FactSet& facts, std::string_view name);

/// Whether a parameter is there, and is a number that means something.
std::optional<double> parameter(const std::map<std::string, double>& parameters, const std::string& name);

}  // namespace faultline
