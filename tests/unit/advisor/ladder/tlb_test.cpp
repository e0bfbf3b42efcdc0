// SPDX-License-Identifier: Apache-2.0
// The rung over counters that a test sets, as few machines of tests have a PMU.
#include <gtest/gtest.h>

#include "advisor/ladder/support/tlb_rung.h"
#include "tests/unit/advisor/support/watched_child.h"

namespace faultline {
namespace {

struct FakeCounters : host::PmuCounters {
  FakeCounters(host::PmuCounts all, int* openings) : counts(all), open(openings) { ++*open; }
  ~FakeCounters() override { --*open; }
  FakeCounters(const FakeCounters&) = delete;
  FakeCounters& operator=(const FakeCounters&) = delete;
  [[nodiscard]] host::PmuCounts read() const override { return counts; }
  host::PmuCounts counts;
  int* open;
};

class Tlb : public test::WatchedChild {
 protected:
  Tlb() { watch(child_); }

  FactSet facts_with(const host::PmuCounts& counts) {
    const auto open = [&](const host::Root&, const std::vector<pid_t>& pids) {
      EXPECT_EQ(pids, std::vector<pid_t>{child_.pid()});
      return Result<std::unique_ptr<host::PmuCounters>>(std::make_unique<FakeCounters>(counts, &open_));
    };
    return facts_of(*make_tlb_rung(open));
  }
  FactSet facts_of(Rung& rung) {
    auto feed = host::SampleFeed::open(*machine_);
    const target::Activity activity;
    const Observation seen{*machine_, *watch_, feed, activity, 2.0};
    rung.open(seen);
    rung.slice(seen);
    EXPECT_EQ(open_, 0) << "the counters are closed after the first slice";
    rung.slice(seen);
    rung.close(seen, 10.0);
    FactSet facts;
    for (Fact& fact : rung.result(seen).facts) facts.put(std::move(fact));
    return facts;
  }

  test::WorkingChild child_{[] {}};
  int open_ = 0;
};

TEST_F(Tlb, FactsAreOfTheFirstSlice) {
  const FactSet facts = facts_with({1e9, 4e8, 2e6, 1e8});
  EXPECT_DOUBLE_EQ(*facts.number("tlb.dtlb_load_misses.per_second"), 1e6);
  EXPECT_DOUBLE_EQ(*facts.number("tlb.dtlb_load_miss.share"), 0.005);
  EXPECT_DOUBLE_EQ(*facts.number("tlb.walk.cycle_share"), 0.1);
}

TEST_F(Tlb, AnEventThatTheCpuDoesNotHaveIsUnknown) {
  const FactSet facts = facts_with({1e9, 4e8, 2e6, std::nullopt});
  EXPECT_TRUE(facts.find("tlb.dtlb_load_miss.share")->known());
  EXPECT_FALSE(facts.find("tlb.walk.cycle_share")->known());
  EXPECT_NE(facts.find("tlb.walk.cycle_share")->reason.find("does not count it"), std::string::npos);
}

TEST_F(Tlb, OfATargetThatSleptIsUnknown) {
  const FactSet facts = facts_with({0, 0, 0, 0});
  EXPECT_FALSE(facts.find("tlb.walk.cycle_share")->known());
  EXPECT_NE(facts.find("tlb.walk.cycle_share")->reason.find("did not run"), std::string::npos);
}

TEST_F(Tlb, WithoutCountersIsUnknownWithTheReasonAndTheUnlock) {
  const auto rung = make_tlb_rung([](const host::Root&, const std::vector<pid_t>&) {
    return Result<std::unique_ptr<host::PmuCounters>>(
        fail(ErrorKind::unsupported, "cannot count", "PMU", "no PMU on this machine", "another machine"));
  });
  const FactSet facts = facts_of(*rung);
  for (const auto* name : {"tlb.dtlb_load_misses.per_second", "tlb.dtlb_load_miss.share", "tlb.walk.cycle_share"}) {
    ASSERT_NE(facts.find(name), nullptr) << name;
    EXPECT_FALSE(facts.find(name)->known()) << name;
    EXPECT_EQ(facts.find(name)->reason, "no PMU on this machine");
    EXPECT_EQ(facts.find(name)->unlock, "another machine");
  }
}

}  // namespace
}  // namespace faultline
