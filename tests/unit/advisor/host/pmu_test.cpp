// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/pmu.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "advisor/host/machine.h"

namespace faultline::host {
namespace {

TEST(CpuModel, IsOfTheFirstBlock) {
  const auto cpu = parse_cpu_model(
      "processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 143\nmodel name\t: X : 4\n\n"
      "processor\t: 1\nvendor_id\t: Other\n");
  ASSERT_TRUE(cpu);
  EXPECT_EQ(cpu->vendor, "GenuineIntel");
  EXPECT_EQ(cpu->family, 6U);
  EXPECT_EQ(cpu->model, 143U);
  for (const auto* text : {"", "\n", "vendor_id : GenuineIntel\n", "vendor_id: A\ncpu family: x\nmodel: 1\n",
                           "vendor_id: A\ncpu family: 6\nmodel: -1\n", "CPU implementer\t: 0x41\n"}) {
    EXPECT_FALSE(parse_cpu_model(text)) << text;
  }
}

TEST(WalkCycles, HaveAnEventWhereTheCpuIsKnown) {
  EXPECT_EQ(walk_cycles_event({"GenuineIntel", 6, 0x6a}), 0x1001008U) << "Ice Lake: event 0x08, umask 0x10, cmask 1";
  EXPECT_EQ(walk_cycles_event({"GenuineIntel", 6, 0x8f}), 0x1001012U) << "Sapphire Rapids: event 0x12";
  EXPECT_FALSE(walk_cycles_event({"GenuineIntel", 6, 0x2d})) << "Sandy Bridge counts otherwise";
  EXPECT_FALSE(walk_cycles_event({"GenuineIntel", 15, 0x6a}));
  EXPECT_FALSE(walk_cycles_event({"AuthenticAMD", 25, 0x01}));
}

TEST(Pmu, CountsCyclesOrSaysThatThereIsNone) {
  const auto machine = inspect_machine();
  ASSERT_TRUE(machine);
  const auto counters = open_pmu(machine->root, {::getpid()});
  if (!counters) {
    EXPECT_FALSE(counters.error().why.empty());
    EXPECT_FALSE(machine->abilities.has_pmu && machine->abilities.kernel_profiling()) << counters.error().why;
    return;
  }
  for (volatile int i = 0; i < 1000000;) {
    const int next = i + 1;
    i = next;
  }
  const PmuCounts counts = (*counters)->read();
  ASSERT_TRUE(counts.cycles);
  EXPECT_GT(*counts.cycles, 100000);
}

TEST(Pmu, OfNobodyIsAnError) {
  const auto root = Root::open();
  ASSERT_TRUE(root);
  EXPECT_FALSE(open_pmu(*root, {}));
}

}  // namespace
}  // namespace faultline::host
