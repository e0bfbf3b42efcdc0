// SPDX-License-Identifier: Apache-2.0
// Healthy and busy in the scheduler: each worker sends messages through a pipe to a thread of its own and waits for the
// answers, so that threads are switched all the time.   --threads N (workers)  --rate R  --messages N (a request)
#include <array>
#include <cstdlib>
#include <memory>
#include <thread>
#include <unistd.h>

#include "tests/lab/support/serve.h"
#include "tests/lab/support/work.h"

namespace faultline::lab {
namespace {

using Message = std::uint64_t;
constexpr std::uint64_t steps_a_message = 2000;

class Pipe {
 public:
  Pipe() {
    if (::pipe(ends_.data()) != 0) std::abort();
  }
  ~Pipe() {
    close_writer();
    ::close(ends_[0]);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void send(Message message) const {
    if (::write(ends_[1], &message, sizeof message) != sizeof message) std::abort();
  }
  /// False when the other side has closed it.
  [[nodiscard]] bool receive(Message& message) const {
    return ::read(ends_[0], &message, sizeof message) == sizeof message;
  }
  void close_writer() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  std::array<int, 2> ends_{};
};

class Partner {
 public:
  Partner() : thread_([this] { answer(); }) {}
  ~Partner() {
    to_.close_writer();
    thread_.join();
  }
  Partner(const Partner&) = delete;
  Partner& operator=(const Partner&) = delete;
  void ask() {
    Message message = 1;
    to_.send(message);
    if (!from_.receive(message)) std::abort();
  }

 private:
  void answer() {
    for (Message message = 0; to_.receive(message);) {
      compute(steps_a_message);
      from_.send(message);
    }
  }

  Pipe to_;
  Pipe from_;
  std::thread thread_;
};

}  // namespace
}  // namespace faultline::lab

int main(int argc, char** argv) {
  using namespace faultline::lab;
  Flags flags(argc, argv);
  const Load load = load_from(flags, {.threads = 16, .requests_per_second = 800, .seconds = 0});
  const auto messages = static_cast<int>(flags.number("messages", 40));
  flags.finish();
  return serve(load, [&](unsigned) -> Request {
    const auto partner = std::make_shared<Partner>();
    return [partner, messages] {
      for (int i = 0; i < messages; ++i) partner->ask();
    };
  });
}
