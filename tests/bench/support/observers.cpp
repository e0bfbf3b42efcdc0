// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/observers.h"

#include <algorithm>
#include <fmt/format.h>
#include <stdexcept>
#include <unistd.h>
#include <vector>

#include "tests/bench/support/command.h"

namespace faultline::bench {
namespace {

constexpr double most_seconds_late = 60;

OwnCost operator+(const OwnCost& a, const OwnCost& b) {
  return {a.seconds + b.seconds, a.cpu_seconds + b.cpu_seconds, a.peak_rss_bytes + b.peak_rss_bytes};
}

OwnCost cost_of(const std::vector<std::string>& command, const Finished& finished) {
  if (finished.exit_code != 0) throw std::runtime_error(describe(command, finished));
  return {finished.seconds(), finished.cpu_seconds, finished.peak_rss_bytes};
}

}  // namespace

OwnCost observe_with_faultline(pid_t pid, int seconds) {
  return observe_with_faultline(std::vector<pid_t>{pid}, seconds);
}

OwnCost observe_with_faultline(const std::vector<pid_t>& pids, int seconds) {
  std::vector<std::string> command{faultline_program(), "audit", "--window", fmt::format("{}s", seconds)};
  for (const pid_t pid : pids) command.push_back(fmt::format("pid:{}", pid));
  return cost_of(command, run(command, seconds + most_seconds_late));
}

OwnCost observe_by_hand(pid_t pid, int seconds) {
  const std::string target = std::to_string(pid);
  const std::string window = std::to_string(seconds);
  const std::string data = fmt::format("/tmp/faultline_bench_by_hand_{}.data", pid);
  const std::vector<std::string> stat{
      "perf", "stat",  "-p",  target, "-e", "minor-faults,major-faults,context-switches,cpu-migrations,task-clock",
      "--",   "sleep", window};
  const std::vector<std::string> record{"perf", "record", "-q", "-F", "99",    "-g",  "-p",
                                        target, "-o",     data, "--", "sleep", window};
  const std::vector<std::string> report{"perf", "report", "-i", data, "--stdio", "--no-inline"};
  Command counting(stat);
  Command sampling(record);
  const OwnCost counted = cost_of(stat, counting.wait(seconds + most_seconds_late));
  const OwnCost sampled = cost_of(record, sampling.wait(seconds + most_seconds_late));
  const OwnCost reported = cost_of(report, run(report, most_seconds_late));
  ::unlink(data.c_str());
  OwnCost all = counted + sampled + reported;
  all.seconds = std::max(counted.seconds, sampled.seconds) + reported.seconds;
  all.peak_rss_bytes = std::max(counted.peak_rss_bytes + sampled.peak_rss_bytes, reported.peak_rss_bytes);
  return all;
}

OwnCost observe_nothing(pid_t /*pid*/, int seconds) {
  ::sleep(static_cast<unsigned>(seconds));
  return {.seconds = static_cast<double>(seconds)};
}

}  // namespace faultline::bench
