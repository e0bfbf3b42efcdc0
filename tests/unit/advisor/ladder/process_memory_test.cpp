// SPDX-License-Identifier: Apache-2.0
// Growth of real processes that hold, grow, swing and end in known steps.
#include "advisor/ladder/support/process_memory.h"

#include <gtest/gtest.h>
#include <memory>
#include <sys/mman.h>

#include "tests/unit/advisor/support/touch.h"
#include "tests/unit/advisor/support/watched_child.h"

namespace faultline {
namespace {

using test::WorkingChild;

constexpr std::uint64_t step_bytes = 16U << 20U;
// What a process takes besides; the kernel adds up counters of its CPUs in batches (mm/ percpu_counter).
constexpr std::uint64_t slack_bytes = 3U << 20U;

void* take_step() {
  constexpr std::size_t pages = step_bytes / test::page_bytes;
  char* const memory = test::fresh_pages(pages);
  test::touch(memory, pages);
  return memory;
}

/// One step more each time.
void grow() { (void)take_step(); }

/// A step taken and given back in turn.
class Swing {
 public:
  void operator()() {
    if (memory_ == nullptr) {
      memory_ = take_step();
    } else {
      ::munmap(std::exchange(memory_, nullptr), step_bytes);
    }
  }

 private:
  void* memory_ = nullptr;
};

class MemoryOfAChild : public test::WatchedChild {
 protected:
  void look() { (void)memory_.look(machine_->root, *watch_); }
  ProcessMemory memory_;
};

TEST_F(MemoryOfAChild, WhatItHoldsIsNoGrowth) {
  const WorkingChild child(grow);
  child.work();
  watch(child);
  look();
  look();
  EXPECT_LE(memory_.growth_bytes(), slack_bytes);
}

TEST_F(MemoryOfAChild, EachStepBeyondTheFirstLookIsGrowth) {
  const WorkingChild child(grow);
  child.work();
  watch(child);
  look();
  for (int i = 0; i < 3; ++i) {
    child.work();
    look();
  }
  EXPECT_NEAR(static_cast<double>(memory_.growth_bytes()), 3.0 * step_bytes, slack_bytes);
}

TEST_F(MemoryOfAChild, ASwingThatWasThereBeforeIsNoGrowthThoughTheFirstLookFellIntoItsTrough) {
  const WorkingChild child{Swing()};
  child.work();
  child.work();  // up and down before the window
  watch(child);
  look();
  for (int i = 0; i < 4; ++i) {
    child.work();
    look();
  }
  EXPECT_LE(memory_.growth_bytes(), slack_bytes);
}

TEST_F(MemoryOfAChild, AFirstSwingIsGrowthOnce) {
  const WorkingChild child{Swing()};
  watch(child);
  look();
  for (int i = 0; i < 6; ++i) {
    child.work();
    look();
  }
  EXPECT_NEAR(static_cast<double>(memory_.growth_bytes()), 1.0 * step_bytes, slack_bytes);
}

TEST_F(MemoryOfAChild, GrowthThatDoesNotFallIsGrowthWhateverWasHeldLongAgo) {
  // A peak of three steps before the window, given back; then two that stay.
  const WorkingChild child([peak = true]() mutable {
    if (!std::exchange(peak, false)) return grow();
    void* steps[] = {take_step(), take_step(), take_step()};
    for (void* step : steps) ::munmap(step, step_bytes);
  });
  child.work();
  watch(child);
  look();
  for (int i = 0; i < 2; ++i) {
    child.work();
    look();
  }
  EXPECT_NEAR(static_cast<double>(memory_.growth_bytes()), 2.0 * step_bytes, slack_bytes);
}

TEST_F(MemoryOfAChild, KeepsWhatAProcessGrewByThatEnded) {
  auto child = std::make_unique<WorkingChild>(grow);
  watch(*child);
  look();
  child->work();
  look();
  child.reset();
  watch_->refresh();
  look();
  EXPECT_NEAR(static_cast<double>(memory_.growth_bytes()), 1.0 * step_bytes, slack_bytes);
  EXPECT_GE(memory_.followed_faults(), step_bytes / 4096);
}

}  // namespace
}  // namespace faultline
