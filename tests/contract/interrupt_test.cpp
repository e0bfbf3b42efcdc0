// SPDX-License-Identifier: Apache-2.0
// Ctrl-C in the window of the real program: what was measured so far is told, whole.
#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

#include "tests/unit/advisor/support/child.h"

namespace faultline {
namespace {

/// faultline in a process of its own, its document in a file.
class Program {
 public:
  Program(const std::string& verb, pid_t target) {
    std::string path = "/tmp/faultline_interrupt_XXXXXX";
    const int fd = ::mkstemp(path.data());
    if (fd >= 0) ::close(fd);
    output_ = path;
    pid_ = ::fork();
    if (pid_ != 0) return;
    const std::string name = "pid:" + std::to_string(target);
    ::execl(FAULTLINE_BINARY_DIR "/faultline", "faultline", verb.c_str(), name.c_str(), "--window", "10m", "--slice",
            "100ms", "-o", path.c_str(), verb == "audit" ? "--format" : nullptr, "json", nullptr);
    ::_exit(126);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::unlink(output_.c_str());
  }

  /// Blocks SIGINT to read it from a descriptor: it may be sent now.
  [[nodiscard]] bool takes_signals() const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.rfind("SigBlk:", 0) == 0)
        return (std::stoull(line.substr(7), nullptr, 16) & (1ULL << (SIGINT - 1))) != 0;
    }
    return false;
  }
  void interrupt() const { ::kill(pid_, SIGINT); }
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  [[nodiscard]] nlohmann::json document() const {
    std::ifstream file(output_);
    return nlohmann::json::parse(std::string(std::istreambuf_iterator<char>(file), {}), nullptr, false);
  }

 private:
  pid_t pid_ = -1;
  std::string output_;
};

class Interrupted : public ::testing::TestWithParam<const char*> {};

TEST_P(Interrupted, TellsWhatWasMeasuredSoFar) {
  const test::Child child([] {
    test::Child::say_ready();
    for (;;) ::pause();
  });
  Program program(GetParam(), child.pid());
  ASSERT_TRUE(test::eventually([&] { return program.takes_signals(); }));
  program.interrupt();
  EXPECT_EQ(program.wait(), 0);
  const nlohmann::json document = program.document();
  ASSERT_FALSE(document.is_discarded()) << "the document is cut";
  const auto& target = document.contains("targets") ? document["targets"][0] : document;
  ASSERT_TRUE(target.contains("window")) << document.dump().substr(0, 400);
  EXPECT_NE(target["window"]["ended_early"].get<std::string>().find("interrupted"), std::string::npos);
  EXPECT_LT(target["window"]["seconds"].get<double>(), 600);
  EXPECT_GT(target["facts"].size(), 50U) << "every fact is said";
}

INSTANTIATE_TEST_SUITE_P(Verbs, Interrupted, ::testing::Values("measure", "audit"));

}  // namespace
}  // namespace faultline
