// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/harness/service_process.h"

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <sstream>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace faultline::lab {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds ready_within{120};
constexpr std::chrono::seconds ends_within{30};
constexpr std::chrono::milliseconds between_looks{20};

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void become(const ServiceCommand& command, int output, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(125);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  std::vector<std::string> arguments{std::string(FAULTLINE_BINARY_DIR "/tests/lab/") + command.service};
  arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
  std::vector<std::string> environment{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"};
  for (const auto& [name, value] : command.environment) environment.push_back(name + "=" + value);
  ::execve(arguments[0].c_str(), pointers_to(arguments).data(), pointers_to(environment).data());
  ::perror(arguments[0].c_str());
  ::_exit(126);
}

/// Reads what is there now; false at the end of the output.
bool read_some(int fd, std::string& into) {
  std::array<char, 4096> buffer{};
  const ssize_t n = ::read(fd, buffer.data(), buffer.size());
  if (n <= 0) return false;
  into.append(buffer.data(), static_cast<std::size_t>(n));
  return true;
}

ServiceReport report_in(const std::string& said) {
  ServiceReport report;
  std::istringstream words(said);
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) continue;
    report[word.substr(0, equals)] = std::strtod(word.c_str() + equals + 1, nullptr);
  }
  return report;
}

/// Waits for the child, for so long; false when it is still there.
bool reap(pid_t pid, std::chrono::seconds limit) {
  for (const auto end = Clock::now() + limit; Clock::now() < end; std::this_thread::sleep_for(between_looks)) {
    if (::waitpid(pid, nullptr, WNOHANG) != 0) return true;
  }
  return false;
}

}  // namespace

std::optional<ServiceProcess> ServiceProcess::start(const ServiceCommand& command, std::string& why) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    why = "no pipe";
    return std::nullopt;
  }
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(command, ends[1], parent);
  ::close(ends[1]);
  ServiceProcess process(pid, ends[0]);
  if (process.wait_until_ready()) return process;
  why = command.service + " was not ready: " + process.said_;
  return std::nullopt;
}

ServiceProcess::ServiceProcess(ServiceProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), output_(std::exchange(other.output_, -1)), said_(std::move(other.said_)) {}

ServiceProcess::~ServiceProcess() {
  stop();
  if (output_ >= 0) ::close(output_);
}

bool ServiceProcess::wait_until_ready() {
  for (const auto end = Clock::now() + ready_within; Clock::now() < end;) {
    pollfd ready{output_, POLLIN, 0};
    if (::poll(&ready, 1, 100) <= 0) continue;
    if (!read_some(output_, said_)) return false;
    if (said_.find("ready\n") != std::string::npos) return true;
  }
  return false;
}

ServiceReport ServiceProcess::stop() {
  if (pid_ <= 0) return {};
  const pid_t pid = std::exchange(pid_, -1);
  ::kill(pid, SIGTERM);
  if (!reap(pid, ends_within)) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return {};
  }
  while (read_some(output_, said_)) continue;
  return report_in(said_);
}

}  // namespace faultline::lab
