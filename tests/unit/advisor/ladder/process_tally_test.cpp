// SPDX-License-Identifier: Apache-2.0
// Faults of real processes against how many pages they are known to have touched.
#include "advisor/ladder/support/process_tally.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "advisor/host/sample_feed.h"
#include "tests/unit/advisor/support/watched_child.h"

namespace faultline {
namespace {

using test::WorkingChild;

constexpr std::size_t page_bytes = 4096;
constexpr std::uint64_t touched_pages = 2000;
// What a process faults besides: its stack, copies after a fork, its libraries, a sanitizer's shadow of it all.
constexpr std::uint64_t most_other_faults = 1000;

void touch_new_pages() {
  auto* memory = static_cast<char*>(
      ::mmap(nullptr, touched_pages * page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ::madvise(memory, touched_pages * page_bytes, MADV_NOHUGEPAGE);
  for (std::size_t i = 0; i < touched_pages; ++i) *static_cast<volatile char*>(memory + i * page_bytes) = 1;
  ::munmap(memory, touched_pages * page_bytes);
}

void let_a_child_touch_new_pages() {
  const pid_t child = ::fork();
  if (child == 0) {
    touch_new_pages();
    ::_exit(0);
  }
  ::waitpid(child, nullptr, 0);
}

class TallyOfAChild : public test::WatchedChild {
 protected:
  ProcessTally tally_;
};

TEST_F(TallyOfAChild, CountsEachPageThatIsTouchedOnce) {
  const WorkingChild child(touch_new_pages);
  child.work();  // what happened before the first look does not count
  watch(child);
  tally_.look(machine_->root, *watch_);
  child.work();
  tally_.look(machine_->root, *watch_);
  const auto usage = tally_.usage();
  ASSERT_TRUE(usage);
  EXPECT_GE(usage->minor_faults, touched_pages);
  EXPECT_LE(usage->minor_faults, touched_pages + most_other_faults);
  EXPECT_FALSE(tally_.by_events());
}

TEST_F(TallyOfAChild, KeepsWhatAProcessUsedThatEnded) {
  auto child = std::make_unique<WorkingChild>(touch_new_pages);
  watch(*child);
  tally_.look(machine_->root, *watch_);
  child->work();
  tally_.look(machine_->root, *watch_);
  child.reset();
  watch_->refresh();
  tally_.look(machine_->root, *watch_);
  EXPECT_GE(tally_.usage()->minor_faults, touched_pages);
}

TEST_F(TallyOfAChild, CountsChildrenThatComeAndGoBetweenTwoLooks) {
  const WorkingChild child(let_a_child_touch_new_pages);
  watch(child);
  if (!machine_->abilities.cpu_wide()) GTEST_SKIP() << "records of births are not permitted here";
  auto feed = host::SampleFeed::open(*machine_);
  target::Activity activity;
  feed.start();
  tally_.look(machine_->root, *watch_);
  const auto drain = [&] {
    activity.take(feed.take(), *watch_);
    tally_.follow(machine_->root, *watch_, activity, true);
  };
  // The first birth makes events count; that child itself is gone by then.
  for (int tries = 0; tries < 100 && !tally_.by_events(); ++tries) {
    child.work();
    drain();
  }
  ASSERT_TRUE(tally_.by_events());
  const auto before = tally_.usage();
  constexpr std::uint64_t children = 20;
  for (std::uint64_t i = 0; i < children; ++i) child.work();
  drain();
  const auto after = tally_.usage();
  ASSERT_TRUE(before && after);
  const std::uint64_t faults = after->minor_faults - before->minor_faults;
  EXPECT_GE(faults, children * touched_pages);
  EXPECT_LE(faults, children * (touched_pages + most_other_faults));
  EXPECT_GT(after->cpu_seconds, before->cpu_seconds);
}

}  // namespace
}  // namespace faultline
