// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <filesystem>
#include <netinet/in.h>
#include <sstream>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include "tests/bench/support/process_tree.h"
#include "tests/bench/support/subjects.h"

namespace faultline::bench {
namespace {

constexpr double most_seconds_to_listen = 20;

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    if (::mkdtemp(path_.data()) == nullptr) throw std::system_error(errno, std::generic_category(), "mkdtemp");
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/faultline_bench_XXXXXX";
};

/// The process to look at is the one that works.
class WorkingProgram : public Subject {
 public:
  explicit WorkingProgram(const std::vector<std::string>& argv) : tree_(argv), pid_(tree_.busiest()) {}
  [[nodiscard]] pid_t pid() const override { return pid_; }

 private:
  ProcessTree tree_;
  pid_t pid_;
};

/// Named by its command line.
SubjectName program(const std::string& line, const std::string& further_options) {
  const std::string executable = line.substr(0, line.find(' '));
  return {line,       false,
          false,      executable,
          executable, [=] { return std::make_unique<WorkingProgram>(words_of(line + " " + further_options)); }};
}

SubjectName stress(const std::string& stressor) { return program("stress-ng " + stressor, "--quiet --temp-path /tmp"); }

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

/// A port that nobody listens at now.
std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(fd);
  if (!bound) throw std::system_error(errno, std::generic_category(), "no free port on 127.0.0.1");
  return ntohs(address.sin_port);
}

bool listens(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool connected = ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return connected;
}

/// redis-server with a redis-benchmark over loopback that does not end.
class Redis : public Subject {
 public:
  Redis(const std::vector<std::string>& server_options, const std::string& load)
      : port_(free_port()),
        server_(server_command(server_options)),
        client_(start_client(load)),
        pid_(server_.busiest()) {}
  [[nodiscard]] pid_t pid() const override { return pid_; }

 private:
  [[nodiscard]] std::vector<std::string> server_command(const std::vector<std::string>& options) const {
    std::vector<std::string> argv{"redis-server", "--port",    std::to_string(port_),
                                  "--bind",       "127.0.0.1", "--appendonly",
                                  "no",           "--dir",     folder_.path()};
    argv.insert(argv.end(), options.begin(), options.end());
    return argv;
  }
  [[nodiscard]] std::vector<std::string> start_client(const std::string& load) const {
    for (const double deadline = now_seconds() + most_seconds_to_listen; !listens(port_); ::usleep(10'000)) {
      if (!server_.running() || now_seconds() > deadline) throw std::runtime_error("redis-server does not listen");
    }
    auto argv = words_of("redis-benchmark -q -l -p " + std::to_string(port_));
    for (const std::string& word : words_of(load)) argv.push_back(word);
    return argv;
  }

  TemporaryFolder folder_;
  std::uint16_t port_;
  ProcessTree server_;
  ProcessTree client_;
  pid_t pid_;
};

SubjectName redis(const std::string& name, const std::vector<std::string>& server_options, const std::string& load) {
  return {name,           false,          false,
          "redis-server", "redis-server", [=] { return std::make_unique<Redis>(server_options, load); }};
}

SubjectName forking(SubjectName subject) {
  subject.forks = true;
  return subject;
}

SubjectName populating(SubjectName subject) {
  subject.populates = true;
  return subject;
}

}  // namespace

std::vector<SubjectName> public_subjects() {
  return {
      // Both with MADV_POPULATE_READ.
      populating(stress("--vm 1 --vm-bytes 64m")),
      populating(stress("--mmap 1")),
      stress("--malloc 1"),
      stress("--fault 1"),
      stress("--switch 1"),
      forking(stress("--fork 1")),
      redis("redis-server, one client", {"--save", ""}, "-c 1 -t set,get -d 512 -r 50000"),
      // Each save forks, and what is written meanwhile is copied.
      forking(redis("redis-server that saves", {"--save", "1 1"}, "-c 20 -t set -d 2048 -r 20000")),
      program("sysbench memory --threads=2", "--memory-total-size=1000T --time=0 run"),
      program("sysbench threads --threads=8", "--time=0 run"),
  };
}

}  // namespace faultline::bench
