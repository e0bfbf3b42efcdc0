// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/harness/other_load.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <unistd.h>

namespace faultline::lab {
namespace {

namespace fs = std::filesystem;

double tick_seconds() { return 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK)); }

/// idle and iowait of all CPUs, proc_stat(5), which go by the clock; the others are samples. What the hypervisor takes
/// is others' too.
double idle_seconds() {
  std::ifstream stat("/proc/stat");
  std::string name;
  double user = 0, nice = 0, system = 0, idle = 0, iowait = 0;
  stat >> name >> user >> nice >> system >> idle >> iowait;
  return (idle + iowait) * tick_seconds();
}

struct Times {
  pid_t parent = 0;
  double seconds = 0;  ///< its own, and of children that it has waited for
};

/// Fields 4 and 14 to 17 of proc_pid_stat(5).
Times times_of(const fs::path& folder) {
  std::ifstream file(folder / "stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto close = text.rfind(')');
  if (close == std::string::npos) return {};
  std::istringstream rest(text.substr(close + 1));
  Times times;
  std::string skipped;
  rest >> skipped >> times.parent;
  for (int field = 5; field < 14; ++field) rest >> skipped;
  for (int field = 14; field <= 17; ++field) {
    double ticks = 0;
    rest >> ticks;
    times.seconds += ticks * tick_seconds();
  }
  return times;
}

bool is_number(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

double own_seconds() {
  std::map<pid_t, Times> all;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (is_number(name)) all[std::stoi(name)] = times_of(entry.path());
  }
  std::set<pid_t> own{::getpid()};
  for (bool grows = true; grows;) {
    grows = false;
    for (const auto& [pid, times] : all) {
      if (own.contains(times.parent)) grows = own.insert(pid).second || grows;
    }
  }
  double seconds = 0;
  for (const pid_t pid : own) seconds += all[pid].seconds;
  return seconds;
}

}  // namespace

OtherLoad::OtherLoad()
    : start_(std::chrono::steady_clock::now()), idle_seconds_(idle_seconds()), own_seconds_(own_seconds()) {}

double OtherLoad::cores() const {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  if (seconds <= 0) return 0;
  const double busy = seconds * static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN)) - (idle_seconds() - idle_seconds_);
  return std::max(0.0, busy - (own_seconds() - own_seconds_)) / seconds;
}

bool OtherLoad::disturbs(double cores) { return cores >= 0.1 * static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN)); }

}  // namespace faultline::lab
