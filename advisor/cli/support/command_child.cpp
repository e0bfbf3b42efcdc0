// SPDX-License-Identifier: Apache-2.0
#include "advisor/cli/support/command_child.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "advisor/host/proc.h"
#include "advisor/host/root.h"

namespace faultline::cli {
namespace {

constexpr int patience_ms = 5000;

struct Pipe {
  host::Fd read, write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return fail(ErrorKind::io, "cannot start the command", "pipe2", std::strerror(errno));
  return Pipe{host::Fd(ends[0]), host::Fd(ends[1])};
}

/// Only async-signal-safe calls: between fork and exec.
[[noreturn]] void run_child(int go, int failed, char* const* argv) {
  char byte = 0;
  // The other end closing without a byte means that faultline gave up: then the command never starts.
  if (::read(go, &byte, 1) != 1) ::_exit(127);
  // A group of its own, so that what the command forks can be ended with it; and it never outlives faultline.
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  ::execvp(argv[0], argv);
  const int error = errno;
  if (::write(failed, &error, sizeof error) != sizeof error) ::_exit(126);
  ::_exit(127);
}

/// Whether none of a process group runs any more. What can't be looked up counts as running.
bool group_ended(pid_t group) {
  const auto root = host::Root::open();
  const auto pids = root ? host::list_processes(*root) : tl::unexpected(root.error());
  if (!pids) return false;
  return std::none_of(pids->begin(), pids->end(), [&](pid_t pid) {
    const auto stat = host::read_stat(*root, pid);
    return stat && stat->group == group && !stat->ended();
  });
}

/// Nothing can be polled for the end of a group, as a pidfd can for that of a process: look now and then.
bool group_ends_within(pid_t group, int timeout_ms) {
  constexpr int look_ms = 20;
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
  while (!group_ended(group)) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(look_ms));
  }
  return true;
}

}  // namespace

Result<CommandChild> CommandChild::start(std::vector<std::string> command) {
  if (command.empty())
    return fail(ErrorKind::usage, "no command", "--", "nothing follows it", "faultline audit -- ./service");
  auto go = make_pipe();
  if (!go) return tl::unexpected(go.error());
  auto failed = make_pipe();
  if (!failed) return tl::unexpected(failed.error());
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t pid = ::fork();
  if (pid < 0) return fail(ErrorKind::io, "cannot start the command", command.front(), std::strerror(errno));
  if (pid == 0) run_child(go->read.get(), failed->write.get(), argv.data());
  ::setpgid(pid, pid);  // here too: whichever of the two runs first
  return CommandChild(pid, std::move(go->write), std::move(failed->read), command.front());
}

CommandChild::CommandChild(pid_t pid, host::Fd go, host::Fd failed, std::string name)
    : pid_(pid), go_(std::move(go)), failed_(std::move(failed)), name_(std::move(name)) {}

CommandChild::CommandChild(CommandChild&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      go_(std::move(other.go_)),
      failed_(std::move(other.failed_)),
      name_(std::move(other.name_)) {}

CommandChild::~CommandChild() {
  if (pid_ < 0) return;
  go_.reset();
  ::kill(-pid_, SIGTERM);
  // The command is reaped last: until then its id, and so its group's, can't be given to another.
  if (!group_ends_within(pid_, patience_ms)) ::kill(-pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

Result<void> CommandChild::release() {
  const char byte = 1;
  if (::write(go_.get(), &byte, 1) != 1) {
    return fail(ErrorKind::gone, "the command ended before it started", name_, std::strerror(errno));
  }
  int error = 0;
  // The pipe closes at exec; a number in it is the errno of an exec that failed.
  if (::read(failed_.get(), &error, sizeof error) == sizeof error) {
    return fail(ErrorKind::usage, "cannot run the command", name_, std::strerror(error),
                "give the path of a program, then its arguments");
  }
  return {};
}

}  // namespace faultline::cli
