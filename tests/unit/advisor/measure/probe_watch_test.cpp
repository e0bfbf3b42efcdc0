// SPDX-License-Identifier: Apache-2.0
// The probes of a window over a real child, driven as a window drives them, with times of the test's own.
#include "advisor/measure/probe_watch.h"

#include <array>
#include <sys/mman.h>

#include "tests/unit/advisor/support/probe_here.h"
#include "tests/unit/advisor/support/returned_pages.h"
#include "tests/unit/advisor/support/watched_child.h"

namespace faultline::measure {
namespace {

using target::PageKind;

constexpr std::size_t page_count = 300;

class ProbeWatchOnAChild : public test::WatchedChild {
 protected:
  void SetUp() override {
    auto probe = host::AddressSpaceProbe::open(*host::inspect_machine(), 1);
    if (probe) {
      const auto attached = probe->attach(host::AddressSpaceProbe::Part::faults);
      if (!attached) GTEST_SKIP() << attached.error().what << ": " << attached.error().why;
    } else {
      GTEST_SKIP() << probe.error().what << ": " << probe.error().why;
    }
  }
  ProbeWatch open(double window_seconds = 10) { return {*machine_, {{&*watch_, &activity_}}, window_seconds, 1.0}; }
  [[nodiscard]] std::vector<KnownPage> own(const ProbeReadings& readings) const {
    std::vector<KnownPage> found;
    if (!readings.faults) return found;
    for (const KnownPage& page : readings.faults->pages) {
      if (memory_.holds(page.seen.address)) found.push_back(page);
    }
    return found;
  }
  target::Activity activity_;
  test::ReturnedPages memory_{page_count};
};

TEST_F(ProbeWatchOnAChild, WatchesFaultsInABurstAndKnowsTheirPages) {
  const test::WorkingChild child(memory_.give_back_and_touch());
  watch(child);
  ProbeWatch probes = open();
  child.work();
  EXPECT_FALSE(probes.of(0).faults) << "nothing is watched before the first look";
  probes.slice(1, 1.0);
  ASSERT_TRUE(probes.next_end());
  EXPECT_GT(*probes.next_end(), 1.0);
  EXPECT_LE(*probes.next_end(), 2.0);
  child.work();
  child.work();
  probes.drain(1.01);
  EXPECT_TRUE(probes.next_end()) << "its time is not over";
  probes.drain(2.0);
  EXPECT_FALSE(probes.next_end());
  const auto found = own(probes.of(0));
  EXPECT_EQ(found.size(), page_count);
  for (const KnownPage& page : found) {
    EXPECT_EQ(page.kind, PageKind::anonymous);
    EXPECT_EQ(page.seen.touches, 2U);
  }
  child.work();
  probes.slice(3, 3.0);
  EXPECT_FALSE(probes.next_end()) << "three is no look";
  EXPECT_EQ(own(probes.of(0)).front().seen.touches, 2U);
}

TEST_F(ProbeWatchOnAChild, DoesNotGuessWhatAProcessThatEndedHadMapped) {
  std::optional<test::WorkingChild> child;
  child.emplace(memory_.give_back_and_touch());
  watch(*child);
  ProbeWatch probes = open();
  probes.slice(1, 1.0);
  child->work();
  child.reset();
  probes.drain(2.0);
  const auto found = own(probes.of(0));
  EXPECT_EQ(found.size(), page_count);
  for (const KnownPage& page : found) EXPECT_FALSE(page.kind);
  EXPECT_FALSE(probes.of(0).faults->why_no_kind.empty());
}

TEST_F(ProbeWatchOnAChild, EndsAllWithTheWindow) {
  const test::WorkingChild child(memory_.give_back_and_touch());
  watch(child);
  ProbeWatch probes = open();
  probes.slice(1, 1.0);
  child.work();
  probes.close(1.1);
  ASSERT_TRUE(probes.of(0).faults);
  EXPECT_NEAR(probes.of(0).faults->seconds, 0.1, 1e-9);
  EXPECT_EQ(own(probes.of(0)).size(), page_count);
  EXPECT_TRUE(probes.of(0).lock_waits);
  child.work();
  probes.slice(2, 2.0);
  EXPECT_FALSE(probes.next_end());
}

TEST_F(ProbeWatchOnAChild, BeginsNoBurstThatTheWindowWouldCut) {
  const test::WorkingChild child(memory_.give_back_and_touch());
  watch(child);
  ProbeWatch probes = open(1.0);
  child.work();
  probes.slice(1, 1.0);
  EXPECT_FALSE(probes.next_end());
  probes.close(1.0);
  ASSERT_FALSE(probes.of(0).faults);
  EXPECT_FALSE(probes.of(0).faults.error().why.empty());
}

TEST_F(ProbeWatchOnAChild, FollowsWhatIsForkedInTheWindow) {
  const test::WorkingChild child([this] {
    const pid_t grandchild = ::fork();
    if (grandchild == 0) {
      // Until the watch has met it.
      ::usleep(200000);
      memory_.touch_all();
      ::_exit(0);
    }
    ::waitpid(grandchild, nullptr, 0);
  });
  watch(child);
  ProbeWatch probes = open();
  probes.slice(1, 1.0);
  child.tell();
  ASSERT_TRUE(test::eventually([&] {
    watch_->refresh();
    probes.follow();
    return watch_->living().size() == 2;
  }));
  child.wait_for_answer();
  probes.drain(2.0);
  ASSERT_TRUE(probes.of(0).faults);
  EXPECT_EQ(own(probes.of(0)).size(), page_count) << "the grandchild's";
}

TEST_F(ProbeWatchOnAChild, FollowsAChildFromItsBirthUntilTheWatchHasMetIt) {
  void* const shared = ::mmap(nullptr, sizeof(pid_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(shared, MAP_FAILED);
  auto* const born = static_cast<volatile pid_t*>(shared);
  std::array<int, 2> go{};
  ASSERT_EQ(::pipe(go.data()), 0);
  const test::WorkingChild child([&] {
    const pid_t grandchild = ::fork();
    if (grandchild == 0) {
      char byte = 0;
      if (::read(go[0], &byte, 1) == 1) memory_.touch_all();
      ::_exit(0);
    }
    *born = grandchild;
    ::waitpid(grandchild, nullptr, 0);
  });
  watch(child);
  ProbeWatch probes = open();
  probes.slice(1, 1.0);
  child.tell();
  ASSERT_TRUE(test::eventually([&] { return *born != 0; }));
  host::Batch batch;
  batch.records.emplace_back(
      host::Birth{.time_ns = 1, .pid = *born, .tid = *born, .parent_pid = child.pid(), .parent_tid = child.pid()});
  activity_.take(batch, *watch_);
  probes.follow();
  activity_.take({}, *watch_);
  probes.follow();
  ASSERT_EQ(::write(go[1], "x", 1), 1);
  child.wait_for_answer();
  probes.drain(2.0);
  EXPECT_EQ(own(probes.of(0)).size(), page_count);
  ::close(go[0]);
  ::close(go[1]);
  ::munmap(shared, sizeof(pid_t));
}

TEST_F(ProbeWatchOnAChild, ForgetsWhatEndedSoThatOthersHaveAPlace) {
  const test::WorkingChild child(memory_.give_back_and_touch());
  watch(child);
  ProbeWatch probes = open();
  ASSERT_TRUE(probes.of(0).lock_waits);
  constexpr pid_t beyond_all = 1 << 22;  // PID_MAX_LIMIT, include/linux/threads.h
  constexpr pid_t most_of_the_places = 5000;
  for (unsigned slice = 1; slice <= 3; ++slice) {
    host::Batch batch;
    for (pid_t i = 0; i < most_of_the_places; ++i) {
      const pid_t born = beyond_all + static_cast<pid_t>(slice) * most_of_the_places + i;
      batch.records.emplace_back(
          host::Birth{.time_ns = 1, .pid = born, .tid = born, .parent_pid = child.pid(), .parent_tid = child.pid()});
    }
    activity_.take(batch, *watch_);
    probes.follow();
    activity_.take({}, *watch_);
    probes.slice(slice, slice);
    EXPECT_TRUE(probes.of(0).lock_waits) << "slice " << slice << ": " << probes.of(0).lock_waits.error().why;
  }
}

TEST_F(ProbeWatchOnAChild, KeepsPlacesFreeForThePagesOfLaterBursts) {
  constexpr std::size_t many = 12000;
  char* const memory = test::fresh_pages(many);
  const test::WorkingChild child([memory] {
    test::touch(memory, many);
    ::madvise(memory, many * test::page_bytes, MADV_DONTNEED);
  });
  watch(child);
  // Long, so that the faults of the first burst are few by the time of the second, and the budget has room for it.
  ProbeWatch probes = open(10000);
  probes.slice(1, 1.0);
  child.work();
  probes.drain(2.0);
  ASSERT_TRUE(probes.of(0).faults);
  const std::size_t first = probes.of(0).faults->pages.size();
  ASSERT_GE(first, many) << "nothing told the probe beforehand that there are so many";
  const unsigned first_bits = probes.of(0).faults->page_bits;
  probes.slice(2, 6000.0);
  ASSERT_TRUE(probes.next_end());
  child.work();
  probes.drain(6001.0);
  ASSERT_TRUE(probes.of(0).faults);
  EXPECT_EQ(probes.of(0).faults->page_bits, first_bits + 1);
  EXPECT_LT(probes.of(0).faults->pages.size(), first * 2 / 3) << "half of them";
  EXPECT_EQ(probes.of(0).faults->counts.pages_missed, 0U);
  ::munmap(memory, many * test::page_bytes);
}

TEST_F(ProbeWatchOnAChild, SaysNothingOfATargetWithMoreProcessesThanCanBeFollowed) {
  const test::WorkingChild child(memory_.give_back_and_touch());
  watch(child);
  ProbeWatch probes = open();
  ASSERT_TRUE(probes.of(0).lock_waits);
  host::Batch batch;
  constexpr pid_t beyond_all = 1 << 22;  // PID_MAX_LIMIT, include/linux/threads.h
  for (pid_t i = 0; i < 9000; ++i) {
    batch.records.emplace_back(host::Birth{.time_ns = 1,
                                           .pid = beyond_all + i,
                                           .tid = beyond_all + i,
                                           .parent_pid = child.pid(),
                                           .parent_tid = child.pid()});
  }
  activity_.take(batch, *watch_);
  probes.follow();
  probes.slice(1, 1.0);
  child.work();
  probes.close(2.0);
  for (const Error& error :
       {probes.of(0).lock_waits.error(), probes.of(0).lock_takers.error(), probes.of(0).faults.error()}) {
    EXPECT_NE(error.why.find("more processes"), std::string::npos) << error.why;
  }
}

TEST(ProbeWatch, WithoutBpfSaysWhyLocksAreNotSeen) {
  auto machine = host::inspect_machine();
  ASSERT_TRUE(machine);
  machine->abilities.has_btf = false;
  const test::WorkingChild child([] {});
  target::Target target;
  target.name = "pid:" + std::to_string(child.pid());
  target.main_pid = child.pid();
  const auto watch = target::ProcessWatch::begin(*machine, target);
  ASSERT_TRUE(watch);
  const target::Activity activity;
  ProbeWatch probes(*machine, {{&*watch, &activity}}, 10, 1);
  probes.follow();
  probes.slice(1, 1.0);
  probes.drain(2.0);
  EXPECT_FALSE(probes.next_end()) << "a window that waits for nothing would turn in circles";
  probes.close(2.0);
  for (const Error& error : {probes.of(0).lock_waits.error(), probes.of(0).lock_takers.error()}) {
    EXPECT_EQ(error.kind, ErrorKind::unsupported);
    EXPECT_NE(error.why.find("BTF"), std::string::npos);
  }
}

}  // namespace
}  // namespace faultline::measure
