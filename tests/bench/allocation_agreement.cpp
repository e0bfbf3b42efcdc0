// SPDX-License-Identifier: Apache-2.0
// allocation_agreement [ROUNDS] [SECONDS]: calls of the allocator a second, against a preloaded library that counts
// each of them in the same window. `--load RATE SHARE THREADS` is the program that is measured: so many calls a second
// and thread, in this share of a CPU; without the share it does nothing but call.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "tests/bench/support/command.h"
#include "tests/bench/support/machine_noise.h"
#include "tests/bench/support/measured.h"

namespace faultline::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration;

struct Load {
  double rate, share;
  int threads;
};

/// Something to do between calls; not by the clock, as probes must not make it less.
class Work {
 public:
  void some(long steps) {
    for (long i = 0; i < steps; ++i) {
      number_ = number_ * 1664525 + 1013904223;
      memory_[number_ >> 18U] += number_;
    }
  }
  [[nodiscard]] unsigned number() const { return number_; }
  double steps_a_second() {
    constexpr long steps = 20'000'000;
    const std::clock_t began = std::clock();
    some(steps);
    return steps / (static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC);
  }

 private:
  unsigned number_ = 1;
  std::vector<unsigned> memory_ = std::vector<unsigned>(1U << 14U);
};

void allocate(const Load& load, double steps_a_second) {
  Work work;
  constexpr auto beat = std::chrono::milliseconds(5);
  const auto calls_a_beat = static_cast<int>(load.rate * 5e-3);
  const auto steps = static_cast<long>(load.share / load.rate * steps_a_second);
  for (auto next = Clock::now();; next += beat) {
    for (int call = 0; call < calls_a_beat; ++call) {
      void* volatile block = std::malloc(16 + (work.number() & 255U));
      std::free(block);
      work.some(steps);
    }
    // What could not be done in its beat is not made up for.
    if (Clock::now() > next + beat) next = Clock::now() - beat;
    std::this_thread::sleep_until(next + beat);
  }
}

[[noreturn]] void run(const Load& load) {
  const double steps_a_second = Work().steps_a_second();
  std::vector<std::jthread> threads;
  for (int i = 0; i < load.threads; ++i) threads.emplace_back([&] { allocate(load, steps_a_second); });
  for (;;) ::pause();
}

/// The counter that the preloaded library writes, read each few milliseconds.
class CountedCalls {
 public:
  CountedCalls() : path_("/tmp/counting_malloc_XXXXXX") {
    const int file = ::mkstemp(path_.data());
    if (file < 0 || ::ftruncate(file, sizeof(std::uint64_t)) != 0) throw std::runtime_error("no counter in /tmp");
    void* const place = ::mmap(nullptr, sizeof(std::uint64_t), PROT_READ, MAP_SHARED, file, 0);
    ::close(file);
    if (place == MAP_FAILED) throw std::runtime_error("the counter could not be mapped");
    calls_ = static_cast<const std::atomic<std::uint64_t>*>(place);
    reader_ = std::jthread([this](const std::stop_token& stop) {
      for (; !stop.stop_requested(); std::this_thread::sleep_for(std::chrono::milliseconds(5))) {
        const double now = duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
        at_[now] = static_cast<double>(calls_->load());
      }
    });
  }
  ~CountedCalls() { ::unlink(path_.c_str()); }
  CountedCalls(const CountedCalls&) = delete;
  CountedCalls& operator=(const CountedCalls&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  void stop() {
    reader_.request_stop();
    reader_.join();
  }
  [[nodiscard]] double a_second(double from, double to) const {
    const auto first = at_.lower_bound(from), last = at_.lower_bound(to);
    if (first == at_.end() || last == at_.end()) throw std::runtime_error("the counter was not read long enough");
    return (last->second - first->second) / (last->first - first->first);
  }

 private:
  std::string path_;
  const std::atomic<std::uint64_t>* calls_ = nullptr;
  std::map<double, double> at_;
  std::jthread reader_;
};

void compare(const Load& load, int seconds) {
  CountedCalls counted;
  ::setenv("COUNTING_MALLOC", counted.path().c_str(), 1);
  ::setenv("LD_PRELOAD", FAULTLINE_BINARY_DIR "/tests/bench/libcounting_malloc.so", 1);
  const Command program({"/proc/self/exe", "--load", fmt::format("{}", load.rate), fmt::format("{}", load.share),
                         fmt::format("{}", load.threads)});
  ::unsetenv("LD_PRELOAD");
  ::unsetenv("COUNTING_MALLOC");
  std::this_thread::sleep_for(std::chrono::seconds(1));
  const Measured measured = measure(program.pid(), seconds, {"--with", "allocations"});
  counted.stop();
  const double truth = counted.a_second(measured.opened, measured.closed());
  const auto fact = [&](const char* name) { return measured.fact(name).value_or(0); };
  fmt::print("  {:>8.0f} {:>5.2f} {:>2} {:>6.2f} {:>10.0f} ", load.rate, load.share, load.threads,
             fact("cpu.busy.cores"), truth);
  if (const auto rate = measured.fact("allocations.per_second")) {
    const double off = *rate / truth - 1;
    fmt::print("{:>10.0f} {:>+8.1f} % {:>8.1f} % {:>8}", *rate, 100 * off, 100 * fact("allocations.error.share"),
               std::abs(off) <= fact("allocations.error.share") ? "yes" : "NO");
  } else {
    const double least = fact("allocations.least_per_cpu_second") * fact("cpu.busy.cores");
    fmt::print("{:>10} {:>+8.1f} % {:>8.1f} % {:>8}", "at least", 100 * (least / truth - 1),
               100 * fact("allocations.error.share"), least <= truth * 1.02 ? "yes" : "NO");
  }
  fmt::print(" {:>8.0f} {:>8.0f}\n", fact("allocations.hit_ns"), fact("allocations.probed.count"));
  std::fflush(stdout);
}

}  // namespace
}  // namespace faultline::bench

int main(int argc, char** argv) {
  using namespace faultline::bench;
  if (argc == 5 && std::string(argv[1]) == "--load") run({std::atof(argv[2]), std::atof(argv[3]), std::atoi(argv[4])});
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 1;
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 10;
  if (argc > 3 || rounds < 1 || seconds < 1) {
    fmt::print(stderr, "usage: allocation_agreement [ROUNDS] [SECONDS]\n");
    return 64;
  }
  try {
    const MachineNoise noise;
    fmt::print(
        "allocation_agreement {} {}\n\n  {:>8} {:>5} {:>2} {:>6} {:>10} {:>10} {:>10} {:>10} {:>8} {:>8} {:>8}\n",
        rounds, seconds, "rate", "share", "th", "cores", "counted", "faultline", "off", "claimed", "inside", "hit ns",
        "hits");
    for (int round = 0; round < rounds; ++round) {
      for (const int threads : {1, 4}) {
        for (const Load load : {Load{1e4, 0.1, 1}, Load{1e4, 0.4, 1}, Load{1e5, 0.2, 1}, Load{1e5, 0.4, 1},
                                Load{3e5, 0.4, 1}, Load{1e6, 0.4, 1}, Load{1e6, 0, 1}, Load{5e6, 0, 1}}) {
          compare({load.rate, load.share, threads}, seconds);
        }
      }
    }
    fmt::print("{}\n", noise.describe());
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "allocation_agreement: {}\n", error.what());
    return 1;
  }
}
