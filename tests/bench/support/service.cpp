// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/service.h"

#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <fmt/format.h>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>

namespace faultline::bench {
namespace {

constexpr double most_seconds_to_get_ready = 30;
constexpr std::size_t counter_bytes = sizeof(std::uint64_t);  // tests/lab/support/request_counter.h

std::string counter_file() {
  std::string path = "/tmp/faultline_bench_counter_XXXXXX";
  const int fd = ::mkstemp(path.data());
  if (fd < 0) throw std::runtime_error("no temporary file for the request counter");
  ::close(fd);
  return path;
}

std::vector<std::string> command_line(const std::string& name, std::vector<std::string> flags,
                                      const std::string& counter_path) {
  flags.insert(flags.begin(), std::string(FAULTLINE_BINARY_DIR "/tests/lab/") + name);
  flags.insert(flags.end(), {"--counter", counter_path});
  return flags;
}

const volatile std::uint64_t* map_counter(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  void* memory = fd < 0 ? MAP_FAILED : ::mmap(nullptr, counter_bytes, PROT_READ, MAP_SHARED, fd, 0);
  if (fd >= 0) ::close(fd);
  if (memory == MAP_FAILED) throw std::runtime_error("the service's request counter could not be mapped");
  return static_cast<const volatile std::uint64_t*>(memory);
}

double seconds_of(clockid_t clock) {
  timespec time{};
  if (::clock_gettime(clock, &time) != 0) throw std::runtime_error("the service is gone");
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

}  // namespace

Service::Service(const std::string& name, std::vector<std::string> flags, Session session)
    : counter_path_(counter_file()), command_(command_line(name, std::move(flags), counter_path_), session) {
  wait_until_ready(name);
  served_ = map_counter(counter_path_);
  ::unlink(counter_path_.c_str());
}

Service::~Service() {
  if (served_ != nullptr) ::munmap(const_cast<std::uint64_t*>(served_), counter_bytes);
}

void Service::wait_until_ready(const std::string& name) {
  const double deadline = now_seconds() + most_seconds_to_get_ready;
  while (command_.output().find("ready\n") == std::string::npos) {
    if (!command_.running() || now_seconds() > deadline) {
      throw std::runtime_error(fmt::format("the lab service {} did not get ready (built? ninja lab_{})", name, name));
    }
    ::usleep(10'000);
  }
}

Progress Service::progress() const {
  clockid_t cpu_clock{};
  if (::clock_getcpuclockid(command_.pid(), &cpu_clock) != 0) throw std::runtime_error("the service is gone");
  return {static_cast<double>(*served_), seconds_of(cpu_clock), seconds_of(CLOCK_MONOTONIC)};
}

}  // namespace faultline::bench
