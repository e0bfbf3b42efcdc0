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

[[noreturn]] void give_up_quota(const std::string& why) {
  std::fprintf(stderr, "%s: %s\n", no_quota_here, why.c_str());
  std::exit(cannot_run);
}

void write(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  if (!file) give_up_quota("can't write " + path);
}

bool v2_has_cpu(const std::string& mount) {
  std::ifstream file(mount + "/cgroup.subtree_control");
  for (std::string controller; file >> controller;) {
    if (controller == "cpu") return true;
  }
  return false;
}

/// Where the cpu controller can be given to a child of the root: v1, v2, or v2 beside v1. Where v1 counts CPU time in
/// another hierarchy, that too: container runtimes put a service in both.
std::vector<std::string> find_controllers() {
  namespace fs = std::filesystem;
  const std::string v1 = "/sys/fs/cgroup/cpu";
  const std::string v1_time = "/sys/fs/cgroup/cpuacct";
  if (fs::exists(v1 + "/cgroup.procs")) {
    const bool apart = fs::exists(v1_time + "/cgroup.procs") && !fs::equivalent(v1, v1_time);
    return apart ? std::vector{v1, v1_time} : std::vector{v1};
  }
  for (const auto* mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
    if (v2_has_cpu(mount)) return {mount};
  }
  give_up_quota("no cpu controller, neither on cgroup v1 nor on v2");
}

void set_quota(const std::string& folder, const std::string& quota_us) {
  if (std::filesystem::exists(folder + "/cpu.max"))
    return write(folder + "/cpu.max", quota_us + " " + std::to_string(period_us));
  write(folder + "/cpu.cfs_period_us", std::to_string(period_us));
  write(folder + "/cpu.cfs_quota_us", quota_us);
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

QuotaCgroup::QuotaCgroup(double cores)
    : parents_(find_controllers()), name_("/" + std::string(prefix) + std::to_string(::getpid())) {
  for (const std::string& parent : parents_) {
    remove_left_behind(parent);
    if (::mkdir((parent + name_).c_str(), 0755) != 0) give_up_quota("can't make " + parent + name_);
  }
  set_quota(parents_.front() + name_, std::to_string(static_cast<int>(cores * period_us)));
  for (const std::string& parent : parents_) write(parent + name_ + "/cgroup.procs", std::to_string(::getpid()));
}

QuotaCgroup::~QuotaCgroup() {
  for (const std::string& parent : parents_) {
    std::ofstream(parent + "/cgroup.procs") << ::getpid() << std::flush;
    ::rmdir((parent + name_).c_str());
  }
}

}  // namespace faultline::lab
