// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/support/quota_cgroup.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

namespace faultline::lab {
namespace {

constexpr const char* prefix = "faultline-lab-";
constexpr int period_us = 100'000;  // the kernel's default, Documentation/scheduler/sched-bwc.rst
constexpr int cannot_run = 77;

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "no CPU quota here: %s\n", why.c_str());
  std::exit(cannot_run);
}

void write(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  if (!file) give_up("can't write " + path);
}

bool v2_has_cpu(const std::string& mount) {
  std::ifstream file(mount + "/cgroup.subtree_control");
  for (std::string controller; file >> controller;) {
    if (controller == "cpu") return true;
  }
  return false;
}

/// Where the cpu controller can be given to a child of the root: v1, v2, or v2 beside v1.
std::string find_controller() {
  if (std::filesystem::exists("/sys/fs/cgroup/cpu/cpu.cfs_quota_us") ||
      std::filesystem::exists("/sys/fs/cgroup/cpu/cgroup.procs")) {
    return "/sys/fs/cgroup/cpu";
  }
  for (const auto* mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    if (v2_has_cpu(mount)) return mount;
  }
  give_up("no cpu controller, neither on cgroup v1 nor on v2");
}

void remove_left_behind(const std::string& parent) {
  for (const auto& entry : std::filesystem::directory_iterator(parent)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(prefix)) continue;
    const pid_t owner = std::atoi(name.c_str() + std::string(prefix).size());
    if (owner > 0 && ::kill(owner, 0) != 0) ::rmdir(entry.path().c_str());
  }
}

}  // namespace

QuotaCgroup::QuotaCgroup(double cores) : parent_(find_controller()) {
  remove_left_behind(parent_);
  folder_ = parent_ + "/" + prefix + std::to_string(::getpid());
  if (::mkdir(folder_.c_str(), 0755) != 0) give_up("can't make " + folder_);
  const std::string quota_us = std::to_string(static_cast<int>(cores * period_us));
  if (std::filesystem::exists(folder_ + "/cpu.max")) {
    write(folder_ + "/cpu.max", quota_us + " " + std::to_string(period_us));
  } else {
    write(folder_ + "/cpu.cfs_period_us", std::to_string(period_us));
    write(folder_ + "/cpu.cfs_quota_us", quota_us);
  }
  write(folder_ + "/cgroup.procs", std::to_string(::getpid()));
}

QuotaCgroup::~QuotaCgroup() {
  std::ofstream(parent_ + "/cgroup.procs") << ::getpid() << std::flush;
  ::rmdir(folder_.c_str());
}

}  // namespace faultline::lab
