// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tests/lab/harness/service_process.h"

namespace faultline::lab {

/// One labelled service: what it is known to pay, by construction, and what faultline has to say of it.
struct Case {
  std::string name;
  ServiceCommand command;
  std::string cause;                   ///< of its finding; empty: healthy, no finding at all
  std::vector<std::string> offered;    ///< fixes that must come with settings and be in the change
  std::vector<std::string> refused;    ///< fixes that must come with a reason instead
  unsigned neighbours = 0;             ///< other services that compete for the CPUs meanwhile
  std::vector<std::string> also{};     ///< causes that may be found beside it, each with a reason in the table
  std::vector<std::string> advised{};  ///< fixes that must come as advice, in a finding of the cause
};

/// The one table of labels.
std::span<const Case> all_cases();
const Case* find_case(const std::string& name);

}  // namespace faultline::lab
