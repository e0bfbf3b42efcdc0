// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <sched.h>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/advisor/support/child.h"
#include "tests/unit/advisor/support/working_child.h"

namespace faultline::test {

/// The first CPU that the test may use.
inline int first_cpu() {
  cpu_set_t allowed{};
  ::sched_getaffinity(0, sizeof allowed, &allowed);
  int cpu = 0;
  while (cpu + 1 < CPU_SETSIZE && !CPU_ISSET(static_cast<unsigned>(cpu), &allowed)) ++cpu;
  return cpu;
}

/// A child that is always ready to run, on one CPU, and ends with the test.
class SpinningChild {
 public:
  explicit SpinningChild(int cpu, const std::string& name = "spinning") {
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ != 0) return;
    end_with_parent(parent);
    cpu_set_t only{};
    CPU_SET(static_cast<unsigned>(cpu), &only);
    if (::sched_setaffinity(0, sizeof only, &only) != 0) ::_exit(1);
    ::prctl(PR_SET_NAME, name.c_str());
    spin();
  }
  ~SpinningChild() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  SpinningChild(const SpinningChild&) = delete;
  SpinningChild& operator=(const SpinningChild&) = delete;
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

}  // namespace faultline::test
