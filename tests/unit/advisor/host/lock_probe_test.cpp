// SPDX-License-Identifier: Apache-2.0
// Waits at mmap_lock as BPF sees them in this kernel.
#include <algorithm>
#include <chrono>
#include <gmock/gmock.h>
#include <numeric>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <thread>

#include "tests/unit/advisor/support/probe_here.h"
#include "tests/unit/advisor/support/touch.h"
#include "tests/unit/advisor/support/working_child.h"

namespace faultline::host {
namespace {

using Part = AddressSpaceProbe::Part;
using test::eventually;
using test::WorkingChild;

/// One thread holds the lock for writing most of the time, another wants it for writing again and again.
void contend() {
  constexpr std::size_t pages = 8192;
  char* const memory = test::fresh_pages(pages);
  test::touch(memory, pages);
  const std::jthread holder([&](const std::stop_token& stop) {
    for (bool writable = false; !stop.stop_requested(); writable = !writable) {
      ::mprotect(memory, pages * test::page_bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ);
    }
  });
  for (int i = 0; i < 200; ++i) ::munmap(test::fresh_pages(1), test::page_bytes);
}

class LockProbe : public test::ProbeHere {
 protected:
  std::uint64_t waits(unsigned target = 0) {
    const auto seen = probe_->lock_waits(target);
    return seen ? seen->reads + seen->writes : 0;
  }
};

TEST_F(LockProbe, CountsTheWaitsOfAFollowedProcess) {
  const WorkingChild child(contend);
  attach(Part::lock_waits);
  ASSERT_TRUE(probe_->follow(child.pid(), 0));
  Result<LockWaits> seen;
  ASSERT_TRUE(eventually([&] {
    child.work();
    seen = probe_->lock_waits(0);
    return seen && seen->read_seconds + seen->write_seconds > 0;
  })) << "of all waits some part is not spent in the queue for a CPU";
  EXPECT_GT(seen->writes, 0U);
  EXPECT_EQ(std::accumulate(seen->by_log2_ns.begin(), seen->by_log2_ns.end(), std::uint64_t{0}),
            seen->reads + seen->writes);
  EXPECT_EQ(seen->missed, 0U);
  EXPECT_EQ(waits(1), 0U);
}

TEST_F(LockProbe, CountsTheWaitsOfAllWhileItWatches) {
  const WorkingChild child(contend);
  ASSERT_TRUE(probe_->follow(child.pid(), 0));
  child.work();
  EXPECT_EQ(probe_->contentions(), 0U) << "not attached yet";
  attach(Part::lock_waits);
  ASSERT_TRUE(eventually([&] {
    child.work();
    return waits() > 0;
  }));
  EXPECT_GE(probe_->contentions(), waits());
  probe_->detach(Part::lock_waits);
  const std::uint64_t before = waits();
  child.work();
  EXPECT_EQ(waits(), before);
  attach(Part::lock_waits);
  EXPECT_TRUE(eventually([&] {
    child.work();
    return waits() > before;
  })) << "a second look adds to the first";
}

TEST_F(LockProbe, SeesNothingOfOthers) {
  const WorkingChild followed(contend), other(contend);
  attach(Part::lock_waits);
  ASSERT_TRUE(probe_->follow(followed.pid(), 1));
  // The other's waits are there to be seen, as those of the followed one are.
  ASSERT_TRUE(eventually([&] {
    other.work();
    followed.work();
    return waits(1) > 0;
  }));
  EXPECT_EQ(waits(0), 0U);
}

TEST_F(LockProbe, NamesTheCallThatHoldsTheLock) {
  const WorkingChild child(contend);
  attach(Part::lock_waits);
  attach(Part::lock_takers);
  ASSERT_TRUE(probe_->follow(child.pid(), 0));
  std::vector<LockTaker> takers;
  const auto longest = [&] {
    return std::max_element(takers.begin(), takers.end(),
                            [](const auto& a, const auto& b) { return a.held_seconds < b.held_seconds; });
  };
  ASSERT_TRUE(eventually([&] {
    child.work();
    takers = probe_->lock_takers(0).value_or(std::vector<LockTaker>{});
    return takers.size() >= 2 && longest()->call == SYS_mprotect;
  }));
  EXPECT_GT(longest()->count, 0U);
  EXPECT_GT(longest()->held_seconds, 0);
  EXPECT_TRUE(std::any_of(takers.begin(), takers.end(),
                          [](const LockTaker& taker) { return taker.call == SYS_mmap || taker.call == SYS_munmap; }));
}

TEST_F(LockProbe, CountsNothingOfAHoldThatAnEarlierLookSawBegin) {
  using Clock = std::chrono::steady_clock;
  const WorkingChild child([] {
    // Held for long, so that one hold lasts through the attaching of both ends.
    constexpr std::size_t pages = 65536;
    char* const memory = test::fresh_pages(pages);
    test::touch(memory, pages);
    const std::jthread other([] {
      for (;;) ::munmap(test::fresh_pages(1), test::page_bytes);
    });
    for (bool writable = false;; writable = !writable) {
      ::mprotect(memory, pages * test::page_bytes, writable ? PROT_READ | PROT_WRITE : PROT_READ);
    }
  });
  attach(Part::lock_waits);
  ASSERT_TRUE(probe_->follow(child.pid(), 0));
  child.tell();
  ASSERT_TRUE(eventually([&] { return waits() > 0; }));
  double watched_seconds = 0;
  for (int look = 0; look < 20; ++look) {
    const auto began = Clock::now();
    attach(Part::lock_takers);
    ::usleep(2000);
    probe_->detach(Part::lock_takers);
    watched_seconds += std::chrono::duration<double>(Clock::now() - began).count();
    ::usleep(50000);
  }
  double held_seconds = 0;
  const auto takers = probe_->lock_takers(0);
  ASSERT_TRUE(takers);
  for (const LockTaker& taker : *takers) held_seconds += taker.held_seconds;
  EXPECT_LE(held_seconds, watched_seconds);
}

TEST_F(LockProbe, LooksAtNoLockThatNobodyWaitsFor) {
  const WorkingChild child([] {
    for (int i = 0; i < 100; ++i) ::munmap(test::fresh_pages(1), test::page_bytes);
  });
  attach(Part::lock_waits);
  attach(Part::lock_takers);
  ASSERT_TRUE(probe_->follow(child.pid(), 0));
  child.work();
  EXPECT_EQ(waits(), 0U);
  EXPECT_TRUE(probe_->lock_takers(0)->empty());
}

TEST_F(LockProbe, ForgetsWhoseLockWasWaitedFor) {
  const WorkingChild child(contend);
  attach(Part::lock_waits);
  ASSERT_TRUE(probe_->follow(child.pid(), 0));
  ASSERT_TRUE(eventually([&] {
    child.work();
    return waits() > 0;
  }));
  probe_->forget({child.pid()});
  attach(Part::lock_takers);
  child.work();
  EXPECT_TRUE(probe_->lock_takers(0)->empty());
}

TEST(AddressSpaceProbe, SaysWhyItCannotBeOpened) {
  auto machine = inspect_machine();
  ASSERT_TRUE(machine);
  machine->abilities.has_btf = false;
  const auto probe = AddressSpaceProbe::open(*machine, 1);
  ASSERT_FALSE(probe);
  EXPECT_EQ(probe.error().kind, ErrorKind::unsupported);
  EXPECT_FALSE(probe.error().why.empty());
  EXPECT_FALSE(probe.error().hint.empty());
}

}  // namespace
}  // namespace faultline::host
