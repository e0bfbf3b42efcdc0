// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace faultline {

/// A variable in the environment of the service's processes.
struct EnvironmentVariable {
  std::string name;
  std::string value;
};

/// How much CPU time the service may use, in cores (1.5 = 150 %).
struct CpuQuota {
  double cores = 0;
};

/// The hinge between fixes and platforms: what should be true of the service, in no platform's words.
using Setting = std::variant<EnvironmentVariable, CpuQuota>;

using Settings = std::vector<Setting>;

}  // namespace faultline
