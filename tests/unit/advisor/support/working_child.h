// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <csignal>
#include <functional>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/advisor/support/child.h"

namespace faultline::test {

/// A child of the test that works when it is told to, and is ended with the test. `work` runs once for each tell() and
/// answers when it is done.
class WorkingChild {
 public:
  explicit WorkingChild(std::function<void()> work) {
    if (::pipe(orders_.data()) != 0 || ::pipe(answers_.data()) != 0) ::_exit(1);
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ != 0) return;
    test::end_with_parent(parent);
    // Without the test's ends a dead test is the end of the orders.
    ::close(orders_[1]);
    char order = 0;
    while (::read(orders_[0], &order, 1) == 1) {
      work();
      if (::write(answers_[1], &order, 1) != 1) break;
    }
    ::_exit(0);
  }
  ~WorkingChild() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    for (const int fd : {orders_[0], orders_[1], answers_[0], answers_[1]}) ::close(fd);
  }
  WorkingChild(const WorkingChild&) = delete;
  WorkingChild& operator=(const WorkingChild&) = delete;

  void tell() const {
    if (::write(orders_[1], "x", 1) != 1) ::kill(pid_, SIGKILL);
  }
  void wait_for_answer() const {
    char answer = 0;
    while (::read(answers_[0], &answer, 1) < 0) continue;
  }
  void work() const {
    tell();
    wait_for_answer();
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  std::array<int, 2> orders_{}, answers_{};
  pid_t pid_ = -1;
};

/// Uses the CPU until the process is ended.
[[noreturn]] inline void spin() {
  for (volatile unsigned long i = 0;;) {
    const unsigned long next = i + 1;
    i = next;
  }
}

}  // namespace faultline::test
