// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/support/serve.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <latch>
#include <random>
#include <sys/resource.h>
#include <thread>
#include <vector>

#include "tests/lab/support/latency.h"
#include "tests/lab/support/request_counter.h"

namespace faultline::lab {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// Written by the signal handler: the one thing in the service that has to be global.
std::atomic<bool> stopping{false};
static_assert(std::atomic<bool>::is_always_lock_free);

constexpr milliseconds longest_nap{50};
constexpr std::chrono::seconds most_behind{1};

void on_signal(int) { stopping = true; }

/// Sleeps until `due` in short naps, so that a signal to any thread ends the wait soon.
void wait_until(Clock::time_point due, Clock::time_point end) {
  for (auto now = Clock::now(); now < due && now < end && !stopping; now = Clock::now()) {
    std::this_thread::sleep_until(std::min(due, now + longest_nap));
  }
}

/// When requests come: exponential gaps, the same in each run of the same worker.
class Arrivals {
 public:
  Arrivals(double per_second, unsigned worker) : gap_seconds_(per_second), random_(worker + 1) {}

  Clock::time_point next(Clock::time_point last) {
    const auto due = last + duration_cast<nanoseconds>(std::chrono::duration<double>(gap_seconds_(random_)));
    const auto now = Clock::now();
    return due + most_behind < now ? now : due;
  }

 private:
  std::exponential_distribution<double> gap_seconds_;
  std::mt19937_64 random_;
};

void serve_requests(const Load& load, unsigned worker, const Request& request, Clock::time_point start,
                    Latency& latency, RequestCounter& counter) {
  const bool paced = load.requests_per_second > 0;
  const auto end = load.seconds > 0 ? start + duration_cast<nanoseconds>(std::chrono::duration<double>(load.seconds))
                                    : Clock::time_point::max();
  Arrivals arrivals(paced ? load.requests_per_second / std::max(1U, load.threads) : 1, worker);
  for (auto came = start; !stopping && Clock::now() < end;) {
    came = paced ? arrivals.next(came) : Clock::now();
    wait_until(came, end);
    if (stopping || Clock::now() >= end) return;
    request();
    latency.record(static_cast<std::uint64_t>(duration_cast<nanoseconds>(Clock::now() - came).count()));
    counter.add_one();
  }
}

double cpu_seconds() {
  double seconds = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    ::getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
      seconds += static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    }
  }
  return seconds;
}

/// What was used since the service was ready.
class Meter {
 public:
  static Meter start() {
    std::printf("ready\n");
    std::fflush(stdout);
    return {};
  }
  [[nodiscard]] Clock::time_point started() const { return start_; }
  [[nodiscard]] double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  [[nodiscard]] double cpu() const { return cpu_seconds() - cpu_before_; }

 private:
  Clock::time_point start_ = Clock::now();
  double cpu_before_ = cpu_seconds();
};

void print_result(const Latency& latency, const Meter& meter) {
  const double seconds = meter.seconds();
  const auto us = [](std::uint64_t ns) { return static_cast<double>(ns) / 1000; };
  std::printf(
      "requests=%llu seconds=%.3f requests_per_second=%.1f cpu_seconds=%.3f p50_us=%.1f p99_us=%.1f p99.9_us=%.1f "
      "max_us=%.1f\n",
      static_cast<unsigned long long>(latency.count()), seconds, static_cast<double>(latency.count()) / seconds,
      meter.cpu(), us(latency.quantile_ns(0.5)), us(latency.quantile_ns(0.99)), us(latency.quantile_ns(0.999)),
      us(latency.max_ns()));
  std::fflush(stdout);
}

Meter serve_with_threads(const Load& load, const std::function<Request(unsigned)>& make_worker,
                         std::vector<Latency>& latencies, RequestCounter& counter) {
  std::latch prepared(load.threads + 1);
  std::vector<std::thread> threads;
  for (unsigned worker = 0; worker < load.threads; ++worker) {
    threads.emplace_back([&, worker] {
      const Request request = make_worker(worker);
      prepared.arrive_and_wait();
      serve_requests(load, worker, request, Clock::now(), latencies[worker], counter);
    });
  }
  prepared.arrive_and_wait();
  const Meter meter = Meter::start();
  for (std::thread& thread : threads) thread.join();
  return meter;
}

Meter serve_alone(const Load& load, const Request& request, Latency& latency, RequestCounter& counter) {
  const Meter meter = Meter::start();
  serve_requests(load, 0, request, meter.started(), latency, counter);
  return meter;
}

}  // namespace

Load load_from(Flags& flags, const Load& defaults) {
  return {static_cast<unsigned>(flags.number("threads", defaults.threads)),
          flags.number("rate", defaults.requests_per_second), flags.number("seconds", defaults.seconds),
          flags.text("counter", "")};
}

void stop_serving() { stopping = true; }

int serve(const Load& load, const std::function<Request(unsigned)>& make_worker) {
  struct sigaction action {};
  action.sa_handler = on_signal;
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  RequestCounter counter(load.counter_path);
  std::vector<Latency> latencies(std::max(1U, load.threads));
  const Meter meter = load.threads > 0 ? serve_with_threads(load, make_worker, latencies, counter)
                                       : serve_alone(load, make_worker(0), latencies[0], counter);
  Latency all;
  for (const Latency& one : latencies) all.add(one);
  print_result(all, meter);
  return 0;
}

}  // namespace faultline::lab
