// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/process_tree.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <stdexcept>
#include <unistd.h>

namespace faultline::bench {
namespace {

constexpr double most_seconds_to_get_busy = 30;
constexpr double least_cpu_seconds = 0.25;
constexpr double most_seconds_to_end = 3;

struct ProcessStat {
  pid_t parent = 0;
  double cpu_seconds = 0;
};

/// Of "/proc/PID/stat", whose second field is a name in parentheses that may hold anything (proc_pid_stat(5)).
ProcessStat parse_stat(const std::string& text) {
  std::istringstream fields(text.substr(text.rfind(')') + 1));
  std::string state, skipped;
  ProcessStat stat;
  fields >> state >> stat.parent;
  for (int field = 5; field < 14; ++field) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  stat.cpu_seconds = (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return stat;
}

std::map<pid_t, ProcessStat> all_processes() {
  std::map<pid_t, ProcessStat> processes;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "stat");
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (text.find(')') != std::string::npos) processes[std::stoi(name)] = parse_stat(text);
  }
  return processes;
}

bool descends_from(const std::map<pid_t, ProcessStat>& processes, pid_t pid, pid_t ancestor) {
  for (auto it = processes.find(pid); it != processes.end(); it = processes.find(it->second.parent)) {
    if (it->first == ancestor) return true;
  }
  return false;
}

}  // namespace

// Asked first, so that it removes its files; then the whole group, which has the leader's number as long as that was
// not waited for (setsid(2) by Command).
ProcessTree::~ProcessTree() {
  command_.signal(SIGTERM);
  for (const double deadline = now_seconds() + most_seconds_to_end; command_.running() && now_seconds() < deadline;) {
    ::usleep(10'000);
  }
  ::kill(-command_.pid(), SIGKILL);
}

pid_t ProcessTree::busiest() const {
  for (const double deadline = now_seconds() + most_seconds_to_get_busy; now_seconds() < deadline; ::usleep(50'000)) {
    if (!command_.running()) break;
    const auto processes = all_processes();
    pid_t busiest = leader();
    double most = 0;
    for (const auto& [pid, stat] : processes) {
      if (stat.cpu_seconds <= most || !descends_from(processes, pid, leader())) continue;
      busiest = pid;
      most = stat.cpu_seconds;
    }
    if (most >= least_cpu_seconds) return busiest;
  }
  throw std::runtime_error("no process of it did any work: " + command_.output());
}

}  // namespace faultline::bench
