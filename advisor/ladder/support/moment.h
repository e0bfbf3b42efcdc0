// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "advisor/host/cpu_times.h"
#include "advisor/host/root.h"
#include "advisor/ladder/support/other_processes.h"
#include "advisor/model/result.h"

namespace faultline {

/// How the host's CPUs spent their time up to a moment, and how much of it was faultline's.
struct HostTimes {
  Result<std::map<unsigned, host::CpuTimes>> cpus;
  double own_seconds = 0;
  double at_seconds = 0;  ///< CLOCK_MONOTONIC
};
HostTimes read_host_times(const host::Root& root);

/// What the machine says of itself at one moment: read once for all targets of a window that ask for it.
class Moment {
 public:
  /// Where the root cannot be opened again each file is read as often as it is asked for.
  explicit Moment(const host::Root& root);
  /// For the files of the host and of cgroups, which targets share, and for those of processes, which rungs do.
  [[nodiscard]] const host::Root& files() const { return files_ ? *files_ : *root_; }
  const std::shared_ptr<const ProcessTable>& processes();
  const HostTimes& times();
  /// What is asked for from now on is read anew.
  void end();

 private:
  const host::Root* root_;
  Result<host::Root> files_;
  std::optional<std::shared_ptr<const ProcessTable>> processes_;
  std::optional<HostTimes> times_;
};

}  // namespace faultline
