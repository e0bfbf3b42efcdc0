// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/moment.h"

#include <chrono>

#include "advisor/host/own_cpu.h"

namespace faultline {

HostTimes read_host_times(const host::Root& root) {
  const std::chrono::duration<double> now = std::chrono::steady_clock::now().time_since_epoch();
  return {host::read_cpu_times(root), host::own_cpu_seconds(), now.count()};
}

Moment::Moment(const host::Root& root) : root_(&root), files_(root.keeping()) {}

const std::shared_ptr<const ProcessTable>& Moment::processes() {
  if (!processes_) processes_ = ProcessTable::read(files());
  return *processes_;
}

const HostTimes& Moment::times() {
  if (!times_) times_ = read_host_times(*root_);
  return *times_;
}

void Moment::end() {
  if (files_) files_->forget();
  processes_.reset();
  times_.reset();
}

}  // namespace faultline
