// SPDX-License-Identifier: Apache-2.0
#include "advisor/model/diagnosis.h"

namespace faultline {

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::info: return "info";
    case Severity::low: return "low";
    case Severity::medium: return "medium";
    case Severity::high: return "high";
  }
  return "info";
}

std::string_view to_string(RungState state) {
  switch (state) {
    case RungState::ok: return "ok";
    case RungState::hot: return "hot";
    case RungState::unknown: return "unknown";
  }
  return "unknown";
}

Severity severity_of(double cost_share) {
  if (cost_share >= 0.20) return Severity::high;
  if (cost_share >= 0.05) return Severity::medium;
  if (cost_share >= 0.01) return Severity::low;
  return Severity::info;
}

}  // namespace faultline
