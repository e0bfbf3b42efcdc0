// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

namespace faultline::lab {

/// How many CPUs others than the test used while a case ran: all that this machine was busy with, less what this
/// process and its descendants used (the service, its neighbours, faultline).
class OtherLoad {
 public:
  /// Begins now.
  OtherLoad();
  /// Since it began.
  [[nodiscard]] double cores() const;
  /// A tenth of the machine or more: then services queue for a CPU that their label knows nothing of.
  [[nodiscard]] static bool disturbs(double cores);

 private:
  std::chrono::steady_clock::time_point start_;
  double idle_seconds_ = 0;
  double own_seconds_ = 0;
};

}  // namespace faultline::lab
