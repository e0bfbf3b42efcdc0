// SPDX-License-Identifier: Apache-2.0
// Faults as BPF sees them in this kernel.
#include <algorithm>
#include <array>
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "tests/unit/advisor/support/probe_here.h"
#include "tests/unit/advisor/support/touch.h"
#include "tests/unit/advisor/support/working_child.h"

namespace faultline::host {
namespace {

using Part = AddressSpaceProbe::Part;
using test::page_bytes;
using test::WorkingChild;

constexpr std::size_t pages = 400;

class FaultProbe : public test::ProbeHere {
 protected:
  void SetUp() override {
    ProbeHere::SetUp();
    memory_ = test::fresh_pages(pages);
  }
  void TearDown() override { ::munmap(memory_, pages * page_bytes); }

  /// What was seen of the memory of the test; a sanitizer's own memory faults too.
  std::vector<SampledPage> seen(unsigned target = 0) {
    auto all = probe_->pages(target);
    if (!all) return {};
    const auto start = reinterpret_cast<std::uint64_t>(memory_);
    std::erase_if(*all, [&](const SampledPage& page) {
      return page.address < start || page.address >= start + pages * page_bytes;
    });
    return *all;
  }
  char* memory_ = nullptr;
};

TEST_F(FaultProbe, CountsEachPageOfAFollowedProcess) {
  const WorkingChild child([&] { test::touch(memory_, pages); });
  attach(Part::faults);
  ASSERT_TRUE(probe_->follow(child.pid(), 0));
  child.work();
  const auto found = seen();
  EXPECT_EQ(found.size(), pages);
  for (const SampledPage& page : found) {
    EXPECT_EQ(page.process, child.pid());
    EXPECT_EQ(page.touches, 1U);
    EXPECT_EQ(page.copies, 0U);
  }
  EXPECT_GE(probe_->faults(0)->faults, pages);
  EXPECT_EQ(probe_->faults(1)->faults, 0U);
}

TEST_F(FaultProbe, SeesAPageComeAgainThatWasGivenBack) {
  const WorkingChild child([&] {
    test::touch(memory_, pages);
    ::madvise(memory_, pages * page_bytes, MADV_DONTNEED);
  });
  attach(Part::faults);
  ASSERT_TRUE(probe_->follow(child.pid(), 0));
  for (int round = 0; round < 3; ++round) child.work();
  const auto found = seen();
  EXPECT_EQ(found.size(), pages);
  EXPECT_TRUE(std::all_of(found.begin(), found.end(), [](const SampledPage& page) { return page.touches == 3; }));
}

TEST_F(FaultProbe, TellsACopyFromATouch) {
  test::touch(memory_, pages);
  const WorkingChild child([&] { test::touch(memory_, pages); });
  attach(Part::faults);
  ASSERT_TRUE(probe_->follow(child.pid(), 0));
  child.work();
  const auto found = seen();
  EXPECT_EQ(found.size(), pages);
  EXPECT_TRUE(std::all_of(found.begin(), found.end(),
                          [](const SampledPage& page) { return page.touches == 0 && page.copies == 1; }));
}

TEST_F(FaultProbe, SeesNothingOfOthersNorOfWhatIsNotAttached) {
  const WorkingChild child([&] {
    ::madvise(memory_, pages * page_bytes, MADV_DONTNEED);
    test::touch(memory_, pages);
  });
  attach(Part::faults);
  child.work();
  EXPECT_TRUE(seen().empty()) << "nobody was followed";
  ASSERT_TRUE(probe_->follow(child.pid(), 0));
  child.work();
  EXPECT_EQ(seen().size(), pages);
  probe_->forget({child.pid()});
  child.work();
  EXPECT_EQ(seen().front().touches, 1U) << "it is forgotten";
  ASSERT_TRUE(probe_->follow(child.pid(), 0));
  probe_->detach(Part::faults);
  EXPECT_FALSE(probe_->attached(Part::faults));
  child.work();
  EXPECT_EQ(seen().front().touches, 1U) << "nothing is attached";
}

TEST_F(FaultProbe, KeepsTargetsApart) {
  const WorkingChild one([&] { test::touch(memory_, pages); });
  const WorkingChild two([&] { test::touch(memory_, pages / 2); });
  attach(Part::faults);
  ASSERT_TRUE(probe_->follow(one.pid(), 0));
  ASSERT_TRUE(probe_->follow(two.pid(), 1));
  one.work();
  two.work();
  EXPECT_EQ(seen(0).size(), pages);
  EXPECT_EQ(seen(1).size(), pages / 2);
}

TEST_F(FaultProbe, ThinsItsSampleByHashAndKeepsWhatIsInIt) {
  const WorkingChild child([&] {
    test::touch(memory_, pages);
    ::madvise(memory_, pages * page_bytes, MADV_DONTNEED);
  });
  attach(Part::faults);
  ASSERT_TRUE(probe_->follow(child.pid(), 0));
  child.work();
  ASSERT_TRUE(probe_->sample_pages(2));
  const auto kept = seen();
  // One in four of 400; six standard deviations either way.
  EXPECT_GT(kept.size(), 48U);
  EXPECT_LT(kept.size(), 152U);
  child.work();
  const auto again = seen();
  EXPECT_EQ(again.size(), kept.size()) << "no page came into the sample";
  EXPECT_TRUE(std::all_of(again.begin(), again.end(), [](const SampledPage& page) { return page.touches == 2; }));
}

TEST_F(FaultProbe, NamesTheThreadsThatFault) {
  const WorkingChild child([&] {
    ::prctl(PR_SET_NAME, "decoder");
    test::touch(memory_, pages);
    ::madvise(memory_, pages * page_bytes, MADV_DONTNEED);
  });
  attach(Part::faults);
  child.work();  // a name is as of a thread's first fault
  ASSERT_TRUE(probe_->follow(child.pid(), 0));
  child.work();
  const auto threads = probe_->threads(0);
  ASSERT_TRUE(threads);
  ASSERT_EQ(threads->size(), 1U);
  EXPECT_EQ(threads->front().name, "decoder");
  EXPECT_GE(threads->front().faults, pages);
}

TEST_F(FaultProbe, SeesTheKernelTouchMemoryOfTheProcess) {
  const WorkingChild child([&] {
    std::array<int, 2> pipe_ends{};
    if (::pipe(pipe_ends.data()) != 0) return;
    if (::write(pipe_ends[1], "x", 1) == 1) (void)!::read(pipe_ends[0], memory_, 1);
  });
  attach(Part::faults);
  ASSERT_TRUE(probe_->follow(child.pid(), 0));
  child.work();
  EXPECT_EQ(seen().size(), 1U);
}

}  // namespace
}  // namespace faultline::host
