// SPDX-License-Identifier: Apache-2.0
#include "advisor/cli/support/screen.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>

#include "advisor/host/proc.h"
#include "advisor/target/process_watch.h"

namespace faultline::cli {
namespace {

// Under half a percent of a core nothing that memory costs can matter; the rest is a matter of what one window bears.
constexpr double least_cores = 0.005;
constexpr std::size_t most_busy = 32;
constexpr std::chrono::seconds look(1);

struct Entry {
  target::Target target;
  std::optional<target::ProcessWatch> watch;
  double cpu_seconds = 0;
};

double cpu_seconds_of(const host::Machine& machine, const target::ProcessWatch& watch) {
  double sum = 0;
  for (const pid_t pid : watch.living()) {
    const auto stat = host::read_stat(machine.root, pid);
    if (stat) sum += stat->cpu_seconds;
  }
  return sum;
}

}  // namespace

Screened screen(const host::Machine& machine, std::vector<target::Target> targets) {
  std::vector<Entry> entries;
  for (auto& target : targets) {
    auto watch = target::ProcessWatch::begin(machine, target);
    if (!watch) continue;
    const double cpu_seconds = cpu_seconds_of(machine, *watch);
    entries.push_back({std::move(target), std::move(*watch), cpu_seconds});
  }
  std::this_thread::sleep_for(look);
  for (Entry& entry : entries) {
    entry.watch->refresh();
    entry.cpu_seconds = cpu_seconds_of(machine, *entry.watch) - entry.cpu_seconds;
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.cpu_seconds > b.cpu_seconds; });
  Screened screened;
  for (Entry& entry : entries) {
    const double cores = entry.cpu_seconds / std::chrono::duration<double>(look).count();
    if (cores >= least_cores && screened.busy.size() < most_busy) {
      screened.busy.push_back(std::move(entry.target));
    } else {
      screened.idle.push_back(entry.target.name);
    }
  }
  return screened;
}

}  // namespace faultline::cli
