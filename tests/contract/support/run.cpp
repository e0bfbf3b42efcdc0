// SPDX-License-Identifier: Apache-2.0
#include "tests/contract/support/run.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <iterator>
#include <sys/wait.h>
#include <unistd.h>

namespace faultline::test {
namespace {

constexpr uid_t nobody = 65534;

std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string temporary_file() {
  std::string path = "/tmp/faultline_test_XXXXXX";
  const int fd = ::mkstemp(path.data());
  if (fd >= 0) ::close(fd);
  return path;
}

[[noreturn]] void become(const std::vector<std::string>& arguments, const std::string& out, const std::string& err,
                         const std::function<bool()>& prepare) {
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::dup2(::open(out.c_str(), O_WRONLY | O_TRUNC), STDOUT_FILENO);
  ::dup2(::open(err.c_str(), O_WRONLY | O_TRUNC), STDERR_FILENO);
  if (prepare && !prepare()) ::_exit(125);
  std::vector<char*> argv;
  static char name[] = FAULTLINE_BINARY_DIR "/faultline";
  argv.push_back(name);
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execv(name, argv.data());
  ::_exit(126);
}

}  // namespace

bool become_nobody() { return ::setgroups(0, nullptr) == 0 && ::setgid(nobody) == 0 && ::setuid(nobody) == 0; }

Outcome run_faultline(const std::vector<std::string>& arguments, bool as_nobody) {
  return run_faultline(arguments, as_nobody ? become_nobody : std::function<bool()>());
}

Outcome run_faultline(const std::vector<std::string>& arguments, const std::function<bool()>& prepare) {
  const std::string out = temporary_file();
  const std::string err = temporary_file();
  const pid_t pid = ::fork();
  if (pid == 0) become(arguments, out, err, prepare);
  int status = 0;
  ::waitpid(pid, &status, 0);
  Outcome outcome{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), slurp(out), slurp(err)};
  ::unlink(out.c_str());
  ::unlink(err.c_str());
  return outcome;
}

}  // namespace faultline::test
