// SPDX-License-Identifier: Apache-2.0
// On the real kernel: a feed brings what happened, and no more.
#include "advisor/host/sample_feed.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include "tests/unit/advisor/support/working_child.h"

namespace faultline::host {
namespace {

using test::spin;
using test::WorkingChild;

constexpr int most_looks = 200;
constexpr useconds_t between_looks_us = 50000;

class SampleFeedOfCpus : public testing::Test {
 protected:
  void SetUp() override {
    auto machine = inspect_machine();
    ASSERT_TRUE(machine);
    machine_.emplace(std::move(*machine));
    if (!machine_->abilities.cpu_wide()) GTEST_SKIP() << "sampling whole CPUs is not permitted here";
  }
  std::optional<Machine> machine_;
};

TEST_F(SampleFeedOfCpus, SeesAProcessThatUsesTheCpu) {
  const WorkingChild child(spin);
  auto feed = SampleFeed::open(*machine_);
  ASSERT_EQ(feed.mode(), FeedMode::cpu_wide) << feed.reason();
  feed.start();
  child.tell();
  int seen = 0;
  bool with_user_frames = true;
  for (int look = 0; look < most_looks && seen < 10; ++look) {
    ::usleep(between_looks_us);
    for (const Record& record : feed.take().records) {
      const auto* sample = std::get_if<Sample>(&record);
      if (sample == nullptr || sample->pid != child.pid()) continue;
      ++seen;
      with_user_frames = with_user_frames && !sample->user.empty();
    }
  }
  EXPECT_GE(seen, 10);
  EXPECT_TRUE(with_user_frames);
}

TEST_F(SampleFeedOfCpus, TellsEveryBirthInOrderParentsFirst) {
  constexpr int children = 300;
  // Each child has a child itself: the second birth must come after the first, whichever CPU wrote it.
  const WorkingChild child([] {
    for (int i = 0; i < children; ++i) {
      const pid_t first = ::fork();
      if (first == 0) {
        const pid_t second = ::fork();
        if (second == 0) ::_exit(0);
        ::waitpid(second, nullptr, 0);
        ::_exit(0);
      }
      ::waitpid(first, nullptr, 0);
    }
  });
  auto feed = SampleFeed::open(*machine_);
  feed.start();
  child.tell();
  std::set<pid_t> born{child.pid()};
  int births = 0;
  std::uint64_t lost = 0;
  for (int look = 0; look < 20 * most_looks && births < 2 * children; ++look) {
    ::usleep(between_looks_us / 10);
    const Batch batch = feed.take();
    lost += batch.lost;
    for (const Record& record : batch.records) {
      const auto* birth = std::get_if<Birth>(&record);
      if (birth == nullptr || !born.contains(birth->parent_pid)) continue;
      born.insert(birth->pid);
      ++births;
    }
  }
  EXPECT_EQ(lost, 0U);
  EXPECT_EQ(births, 2 * children);
}

TEST_F(SampleFeedOfCpus, BringsNothingMoreOnceItIsStopped) {
  const WorkingChild child(spin);
  auto feed = SampleFeed::open(*machine_);
  feed.start();
  child.tell();
  ::usleep(between_looks_us);
  feed.stop();
  (void)feed.take();
  ::usleep(between_looks_us);
  EXPECT_TRUE(feed.take().records.empty());
}

TEST_F(SampleFeedOfCpus, CountsWhatItLostWhileNobodyTookIt) {
  // A birth and a death each: more than the buffers of a few CPUs hold.
  const std::size_t threads = std::size_t{4000} * machine_->facts.cpus;
  const WorkingChild child([&] {
    for (std::size_t i = 0; i < threads; ++i) std::thread([] {}).join();
  });
  auto feed = SampleFeed::open(*machine_);
  feed.start();
  std::uint64_t lost = 0;
  // What was lost is written with the next record that finds room.
  for (int round = 0; round < 2; ++round) {
    child.work();
    lost += feed.take().lost;
  }
  EXPECT_GT(lost, 0U);
}

/// What an ordinary user gets, told by the exit code of a child that became one.
int as_nobody(int (*check)()) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(99);
    ::_exit(check());
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

int samples_of_own_threads() {
  const auto machine = inspect_machine();
  if (!machine) return 1;
  auto feed = SampleFeed::open(*machine);
  if (machine->abilities.perf_event_paranoid.value_or(2) >= 3) return feed.mode() == FeedMode::none ? 0 : 2;
  if (feed.mode() != FeedMode::by_thread) return 3;
  feed.follow(machine->root, ::getpid());
  if (feed.threads_followed() != 1 || feed.threads_missed() != 0) return 4;
  feed.start();
  for (int look = 0; look < most_looks; ++look) {
    for (volatile unsigned long i = 0; i < 20000000UL;) {
      const unsigned long next = i + 1;
      i = next;
    }
    for (const Record& record : feed.take().records) {
      if (std::holds_alternative<Sample>(record)) return 0;
    }
  }
  return 5;
}

int says_why_the_kernel_is_not_seen() {
  const auto machine = inspect_machine();
  if (!machine) return 1;
  const auto feed = SampleFeed::open(*machine);
  if (machine->abilities.perf_event_paranoid.value_or(2) <= 1) return 0;
  return !feed.sees_kernel() && !feed.reason().empty() && !feed.unlock().empty() && !feed.kernel_symbols() ? 0 : 2;
}

TEST(SampleFeedOfAnOrdinaryUser, SamplesItsOwnThreads) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
  EXPECT_EQ(as_nobody(samples_of_own_threads), 0);
}

TEST(SampleFeedOfAnOrdinaryUser, SaysWhyTheKernelIsNotSeen) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root, to become another user";
  EXPECT_EQ(as_nobody(says_why_the_kernel_is_not_seen), 0);
}

}  // namespace
}  // namespace faultline::host
