// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/cpu_times.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <unistd.h>

#include "advisor/host/text_scan.h"

namespace faultline::host {
namespace {

/// user nice system idle iowait irq softirq steal, proc_stat(5); steal since Linux 2.6.11.
std::optional<CpuTimes> parse_line(std::string_view line) {
  constexpr std::size_t fields = 8;
  std::array<double, fields> ticks{};
  for (double& field : ticks) {
    const auto number = to_number(take_word(line));
    if (!number) return std::nullopt;
    field = static_cast<double>(*number);
  }
  const double tick_seconds = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto [user, nice, system, idle, iowait, irq, softirq, steal] = ticks;
  return CpuTimes{(user + nice + system + irq + softirq) * tick_seconds, (idle + iowait) * tick_seconds,
                  steal * tick_seconds};
}

}  // namespace

Result<std::map<unsigned, CpuTimes>> read_cpu_times(const Root& root) {
  return root.read("/proc/stat").and_then([](const std::string& text) { return parse_cpu_times(text); });
}

Result<std::map<unsigned, CpuTimes>> parse_cpu_times(std::string_view proc_stat) {
  std::map<unsigned, CpuTimes> times;
  while (!proc_stat.empty()) {
    std::string_view line = take_until(proc_stat, '\n');
    std::string_view name = take_word(line);
    if (!name.starts_with("cpu")) break;  // the lines of CPUs come first
    name.remove_prefix(3);
    if (name.empty()) continue;  // the sum over all
    const auto cpu = to_number<unsigned>(name);
    const auto one = parse_line(line);
    if (!cpu || !one) return fail(ErrorKind::input, "cannot make sense of", "/proc/stat", "a line of a CPU");
    times[*cpu] = *one;
  }
  if (times.empty()) return fail(ErrorKind::input, "cannot make sense of", "/proc/stat", "no CPU in it");
  return times;
}

double busy_between(const CpuTimes& before, const CpuTimes& after, std::size_t cpus, double seconds) {
  // A CPU's counters may go back by a tick when it goes off line.
  const double idle = std::max(0.0, after.idle_seconds - before.idle_seconds);
  const double stolen = std::max(0.0, after.stolen_seconds - before.stolen_seconds);
  return std::max(0.0, static_cast<double>(cpus) * seconds - idle - stolen);
}

CpuTimes sum_of(const std::map<unsigned, CpuTimes>& times, const std::set<unsigned>& cpus) {
  CpuTimes sum;
  for (const auto& [cpu, one] : times) {
    if (!cpus.contains(cpu)) continue;
    sum.busy_seconds += one.busy_seconds;
    sum.idle_seconds += one.idle_seconds;
    sum.stolen_seconds += one.stolen_seconds;
  }
  return sum;
}

}  // namespace faultline::host
