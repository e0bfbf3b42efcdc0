// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "advisor/host/fd.h"

namespace faultline::test {

/// Whether the condition holds within ten seconds; looks again every few milliseconds.
template <class Condition>
bool eventually(Condition condition) {
  for (int tries = 0; tries < 2000; ++tries) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return condition();
}

/// In a child, right after the fork: it ends with its parent, also when that ended before the child came to say so. A
/// grandchild that is left over would hold the test's output open, and whoever runs the test would wait for it.
inline void end_with_parent(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);
}

/// A child of the test that has said it is ready, and ends with its object.
class Child {
 public:
  /// Runs a program, with variables for its environment, until it prints its first line.
  explicit Child(const std::vector<std::string>& command, const std::vector<std::string>& variables = {}) {
    start([&] {
      for (const std::string& variable : variables) ::putenv(const_cast<char*>(variable.c_str()));
      std::vector<char*> argv;
      for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
      argv.push_back(nullptr);
      ::execv(argv[0], argv.data());
    });
  }
  /// Runs a function, until it calls say_ready().
  template <class Function, class = decltype(std::declval<Function>()())>
  explicit Child(Function function) {
    start(function);
  }
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  static void say_ready() {
    if (::write(STDOUT_FILENO, "ready\n", 6) != 6) ::_exit(1);
  }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }
  /// Sends one byte to the child's standard input.
  void poke() const {
    if (::write(in_.get(), "x", 1) != 1) std::abort();
  }
  /// The next byte that the child writes; 0 when it ended.
  [[nodiscard]] char hear() const {
    char byte = 0;
    return ::read(out_.get(), &byte, 1) == 1 ? byte : '\0';
  }

 private:
  template <class Function>
  void start(Function function) {
    std::array<int, 2> in{}, out{};
    if (::pipe2(in.data(), O_CLOEXEC) != 0 || ::pipe2(out.data(), O_CLOEXEC) != 0) std::abort();
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    if (pid_ == 0) {
      end_with_parent(parent);
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      ::close(in[1]);
      function();
      ::_exit(127);
    }
    const host::Fd child_in(in[0]), child_out(out[1]);
    in_ = host::Fd(in[1]);
    out_ = host::Fd(out[0]);
    for (char byte = hear(); byte != '\n' && byte != '\0'; byte = hear()) continue;
  }

  pid_t pid_ = -1;
  host::Fd in_, out_;
};

}  // namespace faultline::test
