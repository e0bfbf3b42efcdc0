// SPDX-License-Identifier: Apache-2.0
#include "tests/hosts/systemd/support/command.h"

#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <sys/wait.h>
#include <unistd.h>

namespace faultline::hosts {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using TemporaryFile = std::unique_ptr<std::FILE, Close>;

std::string all_of(std::FILE* file) {
  std::string text;
  std::rewind(file);
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, file)) > 0;) text.append(buffer, n);
  return text;
}

[[noreturn]] void become(std::vector<std::string> argv, int out, int err) {
  ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  std::vector<char*> pointers;
  for (std::string& argument : argv) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  ::execvp(pointers[0], pointers.data());
  ::_exit(127);
}

}  // namespace

CommandResult run_command(const std::vector<std::string>& argv) {
  const TemporaryFile out(std::tmpfile());
  const TemporaryFile err(std::tmpfile());
  if (!out || !err) return {-1, "", "no temporary file"};
  const pid_t pid = ::fork();
  if (pid == 0) become(argv, ::fileno(out.get()), ::fileno(err.get()));
  int status = 0;
  ::waitpid(pid, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), all_of(out.get()), all_of(err.get())};
}

}  // namespace faultline::hosts
