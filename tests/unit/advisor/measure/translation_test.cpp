// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/translation.h"

#include <gtest/gtest.h>
#include <initializer_list>
#include <utility>

namespace faultline::measure {
namespace {

constexpr double mebibyte = 1024.0 * 1024;

FactSet translated(std::initializer_list<std::pair<const char*, double>> values) {
  Host host;
  host.page_bytes = 4096;
  FactSet facts;
  for (const auto& [name, value] : values) facts.put(Fact::measured(name, value, "test"));
  add_translation_facts(host, facts);
  return facts;
}

TEST(Translation, WalksAreOfAllTheTimeAndNotOfTheCyclesAlone) {
  const FactSet facts = translated({{"tlb.walk.cycle_share", 0.2}, {"cpu.time.seconds", 5}, {"time.base.seconds", 10}});
  EXPECT_DOUBLE_EQ(*facts.number("tlb.walk.time_share"), 0.1);
}

TEST(Translation, WithoutAPmuSaysNoMoreThanThat) {
  FactSet facts;
  facts.put(Fact::unknown("tlb.walk.cycle_share", "no PMU on this machine", "another machine"));
  add_translation_facts(Host{}, facts);
  EXPECT_EQ(facts.find("tlb.walk.time_share")->reason, "no PMU on this machine");
  EXPECT_EQ(facts.find("tlb.walk.time_share")->unlock, "another machine");
}

TEST(Translation, AHugePageTakesOneEntry) {
  const FactSet facts = translated({{"memory.rss_bytes", 12 * mebibyte},
                                    {"memory.anon_bytes", 8 * mebibyte},
                                    {"memory.anon.huge_bytes", 4 * mebibyte},
                                    {"tlb.second_level.entries", 1025}});
  EXPECT_DOUBLE_EQ(*facts.number("tlb.reach.pages_per_entry"), 2.0);
  EXPECT_EQ(facts.find("tlb.reach.pages_per_entry")->quality, Quality::estimated);
  EXPECT_DOUBLE_EQ(*facts.number("thp.anon.share"), 0.5);
}

TEST(Translation, IsUnknownWithoutWhatItComesFrom) {
  const FactSet facts = translated({{"memory.anon_bytes", 0}, {"memory.anon.huge_bytes", 0}});
  for (const auto* name : {"tlb.walk.time_share", "tlb.reach.pages_per_entry", "thp.anon.share"}) {
    ASSERT_NE(facts.find(name), nullptr) << name;
    EXPECT_FALSE(facts.find(name)->known()) << name;
    EXPECT_FALSE(facts.find(name)->reason.empty()) << name;
  }
}

}  // namespace
}  // namespace faultline::measure
