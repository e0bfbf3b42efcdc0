// SPDX-License-Identifier: Apache-2.0
// Faults by page without BPF, on a real child.
#include "advisor/measure/fault_sampling.h"

#include <algorithm>

#include "advisor/measure/probe_watch.h"
#include "tests/unit/advisor/support/returned_pages.h"
#include "tests/unit/advisor/support/watched_child.h"

namespace faultline::measure {
namespace {

constexpr std::size_t pages = 300;

class FaultSamplingOnAChild : public test::WatchedChild {
 protected:
  void SetUp() override {
    const auto sampler = host::FaultSampler::open(::getpid());
    if (!sampler) GTEST_SKIP() << sampler.error().what << ": " << sampler.error().why;
  }
  [[nodiscard]] std::vector<host::SampledPage> own(const FaultSampling& sampling) const {
    auto found = sampling.pages(0);
    std::erase_if(found, [&](const host::SampledPage& page) { return !memory_.holds(page.address); });
    return found;
  }
  test::ReturnedPages memory_{pages};
};

TEST_F(FaultSamplingOnAChild, CountsEachFaultOfAPageBetweenBeginAndEnd) {
  const test::WorkingChild child(memory_.give_back_and_touch());
  watch(child);
  FaultSampling sampling(*machine_, 1);
  child.work();
  ASSERT_TRUE(sampling.begin({{child.pid()}}));
  child.work();
  sampling.drain();
  child.work();
  sampling.end();
  child.work();
  const auto found = own(sampling);
  EXPECT_EQ(found.size(), pages);
  for (const host::SampledPage& page : found) {
    EXPECT_EQ(page.touches, 2U);
    EXPECT_EQ(page.process, child.pid());
  }
  EXPECT_GE(sampling.counts(0).faults, 2 * pages);
  EXPECT_EQ(sampling.counts(0).pages_missed, 0U);
  EXPECT_EQ(sampling.threads_left_out(0), "");
  ASSERT_EQ(sampling.threads(0).size(), 1U);
  EXPECT_GE(sampling.threads(0).front().faults, 2 * pages);
}

TEST_F(FaultSamplingOnAChild, KeepsOnePageInSoManyAndForgetsTheOthers) {
  const test::WorkingChild child(memory_.give_back_and_touch());
  watch(child);
  FaultSampling sampling(*machine_, 1);
  ASSERT_TRUE(sampling.begin({{child.pid()}}));
  child.work();
  sampling.drain();
  ASSERT_EQ(own(sampling).size(), pages);
  sampling.sample_pages(2);
  const std::size_t quarter = own(sampling).size();
  EXPECT_GT(quarter, pages / 8);
  EXPECT_LT(quarter, pages / 2);
  child.work();
  sampling.end();
  EXPECT_EQ(own(sampling).size(), quarter) << "the same pages again";
  for (const host::SampledPage& page : own(sampling)) EXPECT_EQ(page.touches, 2U);
}

TEST_F(FaultSamplingOnAChild, WhatTheBufferHasNoRoomForIsCounted) {
  constexpr int times = 100;
  const test::WorkingChild child([this] {
    for (int i = 0; i < times; ++i) memory_.give_back_and_touch()();
  });
  watch(child);
  FaultSampling sampling(*machine_, 1);
  ASSERT_TRUE(sampling.begin({{child.pid()}}));
  child.work();
  sampling.drain();
  // The kernel says what it lost with the next record that it finds room for.
  child.work();
  sampling.end();
  EXPECT_GT(sampling.counts(0).pages_missed, 0U);
  EXPECT_GE(sampling.counts(0).faults, times * pages);
}

TEST_F(FaultSamplingOnAChild, TakesThePlaceOfTheProbeWhereTheKernelHasNoBpf) {
  const test::WorkingChild child(memory_.give_back_and_touch());
  watch(child);
  machine_->abilities.has_btf = false;
  const target::Activity activity;
  ProbeWatch probes(*machine_, {{&*watch_, &activity}}, 10, 1.0);
  EXPECT_FALSE(probes.of(0).faults);
  probes.slice(1, 1.0);
  ASSERT_TRUE(probes.next_end());
  child.work();
  child.work();
  probes.drain(2.0);
  EXPECT_FALSE(probes.next_end());
  child.work();
  probes.close(2.1);
  ASSERT_TRUE(probes.of(0).faults) << probes.of(0).faults.error().why;
  EXPECT_FALSE(probes.of(0).faults->tells_copies);
  std::size_t found = 0;
  for (const KnownPage& page : probes.of(0).faults->pages) {
    if (!memory_.holds(page.seen.address)) continue;
    ++found;
    EXPECT_EQ(page.kind, target::PageKind::anonymous);
    EXPECT_EQ(page.seen.touches, 2U);
  }
  EXPECT_EQ(found, pages);
  EXPECT_FALSE(probes.of(0).lock_waits) << "locks are seen by BPF only";
}

TEST_F(FaultSamplingOnAChild, OfATargetThatWasNotSampledNothingIsKnown) {
  const test::WorkingChild child(memory_.give_back_and_touch());
  watch(child);
  FaultSampling sampling(*machine_, 2);
  ASSERT_TRUE(sampling.begin({{child.pid()}, {}}));
  sampling.end();
  EXPECT_TRUE(sampling.was_sampled(0));
  EXPECT_FALSE(sampling.was_sampled(1));
}

TEST_F(FaultSamplingOnAChild, AProcessThatEndedIsAnErrorOfItsOwn) {
  FaultSampling sampling(*host::inspect_machine(), 1);
  const auto begun = sampling.begin({{}});
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().kind, ErrorKind::gone);
  sampling.end();
  EXPECT_TRUE(sampling.pages(0).empty());
}

}  // namespace
}  // namespace faultline::measure
