// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/lock_looks.h"

#include <algorithm>
#include <functional>
#include <gtest/gtest.h>
#include <utility>

#include "advisor/measure/fault_bursts.h"
#include "advisor/measure/switching.h"

namespace faultline::measure {
namespace {

constexpr unsigned cpus = 2;
const double budget_a_second = WatchCost::share * cpus / WatchCost::contention_seconds;

/// Threads of the host that wait for locks while a window goes by; only those in a look are counted.
class ContendedHost {
 public:
  explicit ContendedHost(std::function<double(double)> rate, double window_seconds = 10,
                         double switching_seconds = 1e-4)
      : rate_(std::move(rate)), switching_seconds_(switching_seconds), looks_(cpus, window_seconds) {
    looks_.begun(0, 0);
  }

  void run_until(double end) {
    while (now_ < end) {
      const double next = std::min({looks_.next(now_, seen()).value_or(end), now_ + 0.1, end});
      advance(std::max(next, now_ + 0.001));
      if (looks_.is_over(now_, seen())) {
        looks_.ended(now_, seen(), switching_seconds_);
      } else if (looks_.is_due(now_)) {
        looks_.begun(now_, seen());
        ++begun_;
      }
    }
  }
  [[nodiscard]] const LockLooks& looks() const { return looks_; }
  [[nodiscard]] std::uint64_t seen() const { return static_cast<std::uint64_t>(watched_); }
  [[nodiscard]] int begun() const { return begun_; }
  [[nodiscard]] double now() const { return now_; }

 private:
  void advance(double to) {
    if (looks_.is_on()) watched_ += rate_(now_) * (to - now_);
    now_ = to;
  }
  std::function<double(double)> rate_;
  double switching_seconds_;
  LockLooks looks_;
  double now_ = 0, watched_ = 0;
  int begun_ = 1;
};

TEST(LockLooks, WatchAllTheTimeWhereThreadsSeldomWait) {
  ContendedHost host([](double) { return budget_a_second * 0.9; });
  host.run_until(10);
  EXPECT_DOUBLE_EQ(host.looks().watched_seconds(10), 10);
  EXPECT_EQ(host.begun(), 1);
}

TEST(LockLooks, KeepToTheirBudgetWhereThreadsWaitAllTheTime) {
  constexpr double rate = 7500;
  ContendedHost host([](double) { return rate; });
  host.run_until(10);
  const double watched = host.looks().watched_seconds(10);
  EXPECT_NEAR(watched, budget_a_second * 10 / rate, 0.1);
  EXPECT_LE(static_cast<double>(host.seen()), budget_a_second * 10.2 + rate * 0.01);
  EXPECT_GE(host.begun(), 5) << "spread over the window";
}

TEST(LockLooks, AreFewWhereThreadsWaitLittleMoreThanCanBeWatched) {
  ContendedHost host([](double) { return budget_a_second * 1.3; });
  host.run_until(10);
  EXPECT_LE(host.begun(), 11);
  EXPECT_GT(host.looks().watched_seconds(10), 5);
  ContendedHost long_one([](double) { return 7500.0; }, 1800);
  long_one.run_until(1800);
  EXPECT_LE(long_one.begun(), 1800 / 5 + 1);
  EXPECT_GT(long_one.looks().watched_seconds(1800), 30);
}

TEST(LockLooks, AreFewerAndLongerWhereTheyAreDear) {
  ContendedHost host([](double) { return 7500.0; }, 10, 0.04);
  host.run_until(10);
  EXPECT_EQ(host.begun(), 2);
  EXPECT_GE(host.looks().watched_seconds(10), budget_a_second * 5 / 7500);
  ContendedHost long_one([](double) { return 7500.0; }, 1800, 0.04);
  long_one.run_until(1800);
  EXPECT_LE(0.04 * long_one.begun(), Switching::share * 1800 * 1.05);
  EXPECT_GT(long_one.begun(), 100);
}

TEST(LockLooks, AreNotCutShortByAHostThatWaitsMoreThanEver) {
  ContendedHost host([](double) { return 1e6; });
  host.run_until(30);
  EXPECT_LE(static_cast<double>(host.seen()), budget_a_second * 30 * 1.2 + 1e6 * 0.01);
  EXPECT_GT(host.looks().watched_seconds(30), 0.005);
}

TEST(LockLooks, WatchAllTheTimeAgainWhenTheRushIsOver) {
  ContendedHost host([](double now) { return now < 2 ? 7500.0 : 10.0; });
  host.run_until(20);
  EXPECT_TRUE(host.looks().is_on());
  EXPECT_GT(host.looks().watched_seconds(20), 15);
}

TEST(LockLooks, EndWhenARushBegins) {
  ContendedHost host([](double now) { return now < 5 ? 10.0 : 7500.0; });
  host.run_until(20);
  EXPECT_LE(static_cast<double>(host.seen()), budget_a_second * 20.2 + 7500 * 0.11);
  EXPECT_LT(host.looks().watched_seconds(20), 8);
}

}  // namespace
}  // namespace faultline::measure
