// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/observers.h"

#include <algorithm>
#include <fmt/format.h>
#include <stdexcept>
#include <thread>
#include <unistd.h>
#include <vector>

#include "tests/bench/support/by_hand.h"
#include "tests/bench/support/command.h"

namespace faultline::bench {
namespace {

constexpr double most_seconds_late = 60;

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
  std::vector<HandAnswer> answers(questions().size());
  std::vector<std::thread> asking;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    asking.emplace_back([&answers, i, pid, seconds] { answers[i] = ask_by_hand(i, pid, seconds); });
  }
  for (std::thread& one : asking) one.join();
  OwnCost all;
  for (const HandAnswer& answer : answers) {
    if (!answer.why_not.empty()) throw std::runtime_error(answer.why_not);
    all.seconds = std::max(all.seconds, answer.seconds);
    all.cpu_seconds += answer.cpu_seconds;
    all.peak_rss_bytes += answer.peak_rss_bytes;
  }
  return all;
}

OwnCost observe_nothing(pid_t /*pid*/, int seconds) {
  ::sleep(static_cast<unsigned>(seconds));
  return {.seconds = static_cast<double>(seconds)};
}

}  // namespace faultline::bench
