// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace faultline::bench {

/// A command that ended, or was ended at its deadline.
struct Finished {
  int exit_code = -1;  ///< 128 + the signal when one ended it
  bool late = false;   ///< did not end by its deadline and was killed
  std::string out;
  std::string err;
  double cpu_seconds = 0;  ///< user and system time, its own children that it waited for included
  double peak_rss_bytes = 0;
  double started = 0;  ///< CLOCK_REALTIME in seconds, just before the fork
  double ended = 0;    ///< CLOCK_REALTIME in seconds, when its end was seen

  [[nodiscard]] double seconds() const { return ended - started; }
};

/// A session of its own is what a service manager gives a service and a terminal a program; the scheduler shares the
/// CPUs among sessions first (sched(7), autogroup). In a shared one a process competes with each thread of the others.
/// An own one has the nice value of the bench's.
enum class Session { own, shared };

/// A command that runs beside the bench; killed with this object.
class Command {
 public:
  /// argv[0] is looked up in PATH. Output is kept in files, so that no pipe can fill.
  /// Throws std::system_error when it could not be started.
  explicit Command(const std::vector<std::string>& argv, Session session = Session::own);
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;
  ~Command();

  [[nodiscard]] pid_t pid() const { return pid_; }
  /// What it has written to standard output by now.
  [[nodiscard]] std::string output() const;
  void signal(int number) const;
  [[nodiscard]] bool running() const;
  /// Waits for its end, kills it after `deadline_seconds`.
  Finished wait(double deadline_seconds);

 private:
  pid_t pid_ = -1;
  int pidfd_ = -1;
  std::string out_path_;
  std::string err_path_;
  double started_ = 0;
};

/// Start and wait.
Finished run(const std::vector<std::string>& argv, double deadline_seconds, Session session = Session::own);

/// CLOCK_REALTIME in seconds since the epoch.
double now_seconds();

/// The built faultline.
std::string faultline_program();

/// A failed command for an error message: what was run, how it ended, the end of its standard error.
std::string describe(const std::vector<std::string>& argv, const Finished& finished);

}  // namespace faultline::bench
