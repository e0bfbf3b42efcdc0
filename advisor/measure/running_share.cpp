// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/running_share.h"

#include <algorithm>

namespace faultline::measure {

std::optional<double> running_share(const FactSet& facts) {
  const auto cpu = facts.number("cpu.time.seconds");
  const auto base = facts.number("time.base.seconds");
  if (!cpu || !base || *base <= 0) return std::nullopt;
  return std::clamp(*cpu / *base, 0.0, 1.0);
}

}  // namespace faultline::measure
