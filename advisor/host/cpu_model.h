// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "advisor/host/root.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// What x86 calls a CPU, as in the first block of /proc/cpuinfo.
struct CpuModel {
  std::string vendor;  ///< "GenuineIntel", "AuthenticAMD"
  unsigned family = 0, model = 0;
};

/// Errors: unsupported where /proc/cpuinfo says no such thing, as on other architectures.
Result<CpuModel> read_cpu_model(const Root& root);
Result<CpuModel> parse_cpu_model(std::string_view cpuinfo);

}  // namespace faultline::host
