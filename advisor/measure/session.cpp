// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/session.h"

#include "advisor/host/proc.h"

namespace faultline::measure {
namespace {

constexpr std::size_t few_processes = 8;

}  // namespace

std::optional<Deeds> deeds_of(const host::Root& root, const target::ProcessWatch& watch) {
  Deeds deeds;
  deeds.processes = watch.living();
  if (deeds.processes.size() > few_processes) return std::nullopt;
  for (const pid_t pid : deeds.processes) {
    const auto stat = host::read_stat(root, pid);
    if (!stat) return std::nullopt;
    deeds.cpu_seconds += stat->cpu_seconds;
    deeds.faults += stat->minor_faults + stat->major_faults;
  }
  return deeds;
}

}  // namespace faultline::measure
