// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/thread_times.h"

#include <atomic>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <thread>

#include "tests/unit/advisor/support/watched_child.h"

namespace faultline {
namespace {

using test::WorkingChild;

void use_a_cpu() {
  for (volatile unsigned long i = 0; i < 50000000UL;) {
    const unsigned long next = i + 1;
    i = next;
  }
}

/// The kernel's own count of a thread that goes to sleep each time: voluntary switches of /proc/PID/status.
std::uint64_t switches_of(const host::Root& root, pid_t pid) {
  const auto status = host::read_status(root, pid);
  return status ? status->voluntary_switches + status->involuntary_switches : 0;
}

class TimesOfAChild : public test::WatchedChild {
 protected:
  ThreadTimes times_;
};

TEST_F(TimesOfAChild, SwitchesAreThoseOfTheKernel) {
  const WorkingChild child([] {});
  watch(child);
  for (int i = 0; i < 50; ++i) child.work();  // a life before the first look
  times_.look(machine_->root, *watch_);
  const std::uint64_t before = switches_of(machine_->root, child.pid());
  for (int i = 0; i < 1000; ++i) child.work();
  times_.look(machine_->root, *watch_);
  const std::uint64_t after = switches_of(machine_->root, child.pid());
  // The child may still be on its way to sleep at either reading.
  EXPECT_NEAR(static_cast<double>(times_.switches()), static_cast<double>(after - before), 3);
}

TEST_F(TimesOfAChild, RunTimeIsOfTheWindowAlone) {
  const WorkingChild child(use_a_cpu);
  watch(child);
  child.work();
  times_.look(machine_->root, *watch_);
  EXPECT_EQ(times_.run_seconds(), 0);
  child.work();
  times_.look(machine_->root, *watch_);
  EXPECT_GT(times_.run_seconds(), 0);
  EXPECT_GE(times_.wait_seconds(), 0);
}

TEST_F(TimesOfAChild, OneThreadThatDoesAllHasAllOfItsRunning) {
  const WorkingChild child(use_a_cpu);
  watch(child);
  times_.look(machine_->root, *watch_);
  EXPECT_FALSE(times_.one_thread_share()) << "nothing ran yet";
  child.work();
  times_.look(machine_->root, *watch_);
  EXPECT_DOUBLE_EQ(times_.one_thread_share().value(), 1);
}

TEST_F(TimesOfAChild, TwoThreadsThatRunEquallyLongHaveHalfEach) {
  const WorkingChild child([] {
    static std::atomic<bool> other_is_done{false};
    // It stays, so that the look finds it.
    std::thread([] {
      use_a_cpu();
      other_is_done = true;
      ::pause();
    }).detach();
    use_a_cpu();
    while (!other_is_done) ::usleep(1000);
  });
  watch(child);
  times_.look(machine_->root, *watch_);
  child.work();
  times_.look(machine_->root, *watch_);
  EXPECT_NEAR(times_.one_thread_share().value(), 0.5, 0.1);
}

TEST_F(TimesOfAChild, AThreadThatIsBornLaterCountsFromItsBirth) {
  // The thread works, answers and stays: the look finds it with all that it did.
  const WorkingChild child([] { std::thread(use_a_cpu).join(); });
  watch(child);
  times_.look(machine_->root, *watch_);
  EXPECT_EQ(times_.threads_seen(), 1U);
  child.tell();
  for (int look = 0; look < 1000 && times_.threads_seen() < 2; ++look) times_.look(machine_->root, *watch_);
  EXPECT_EQ(times_.threads_seen(), 2U);
  child.wait_for_answer();
}

}  // namespace
}  // namespace faultline
