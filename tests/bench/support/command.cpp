// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/command.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace faultline::bench {
namespace {

constexpr std::size_t most_error_text = 400;

[[noreturn]] void refuse(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

std::string temporary_file() {
  std::string path = "/tmp/faultline_bench_XXXXXX";
  const int fd = ::mkstemp(path.data());
  if (fd < 0) refuse("mkstemp");
  ::close(fd);
  return path;
}

std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// "/autogroup-3997 nice -5": of the session that this process is in (sched(7)).
int session_nice() {
  std::ifstream file("/proc/self/autogroup");
  std::string name, word;
  int nice = 0;
  file >> name >> word >> nice;
  return nice;
}

/// As an own session begins at nice 0, whatever the bench was given on a machine that others use too.
void begin_session(int nice) {
  ::setsid();
  std::ofstream("/proc/self/autogroup") << nice;
}

[[noreturn]] void become(const std::vector<std::string>& argv, Session session, const std::string& out,
                         const std::string& err) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (session == Session::own) begin_session(session_nice());
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::dup2(::open(out.c_str(), O_WRONLY | O_TRUNC), STDOUT_FILENO);
  ::dup2(::open(err.c_str(), O_WRONLY | O_TRUNC), STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& argument : argv) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  ::_exit(127);
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

Command::Command(const std::vector<std::string>& argv, Session session)
    : out_path_(temporary_file()), err_path_(temporary_file()), started_(now_seconds()) {
  pid_ = ::fork();
  if (pid_ == 0) become(argv, session, out_path_, err_path_);
  if (pid_ < 0) refuse("fork");
  pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  if (pidfd_ < 0) refuse("pidfd_open");
}

Command::~Command() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  if (pidfd_ >= 0) ::close(pidfd_);
  ::unlink(out_path_.c_str());
  ::unlink(err_path_.c_str());
}

std::string Command::output() const { return slurp(out_path_); }

void Command::signal(int number) const {
  if (pid_ > 0) ::kill(pid_, number);
}

bool Command::running() const {
  pollfd end{pidfd_, POLLIN, 0};
  return pid_ > 0 && ::poll(&end, 1, 0) == 0;
}

Finished Command::wait(double deadline_seconds) {
  pollfd end{pidfd_, POLLIN, 0};
  Finished finished;
  finished.late = ::poll(&end, 1, static_cast<int>(deadline_seconds * 1000)) == 0;
  finished.ended = now_seconds();
  if (finished.late) ::kill(pid_, SIGKILL);
  int status = 0;
  rusage usage{};
  ::wait4(pid_, &status, 0, &usage);
  pid_ = -1;
  finished.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  finished.out = slurp(out_path_);
  finished.err = slurp(err_path_);
  finished.cpu_seconds = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  finished.peak_rss_bytes = static_cast<double>(usage.ru_maxrss) * 1024;
  finished.started = started_;
  return finished;
}

Finished run(const std::vector<std::string>& argv, double deadline_seconds, Session session) {
  return Command(argv, session).wait(deadline_seconds);
}

double now_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

std::string faultline_program() { return FAULTLINE_BINARY_DIR "/faultline"; }

std::string describe(const std::vector<std::string>& argv, const Finished& finished) {
  const std::size_t begin = finished.err.size() > most_error_text ? finished.err.size() - most_error_text : 0;
  return fmt::format("`{}` {} {}: {}", fmt::join(argv, " "),
                     finished.late ? "was killed at its deadline," : "ended with", finished.exit_code,
                     finished.err.substr(begin));
}

}  // namespace faultline::bench
