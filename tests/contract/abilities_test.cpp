// SPDX-License-Identifier: Apache-2.0
// Windows on this machine as one that allows less: settings that a test may not change, through all rungs.
#include <gmock/gmock.h>

#include "advisor/documents/snapshot_json.h"
#include "advisor/facts/catalogue.h"
#include "advisor/measure/measure.h"
#include "tests/unit/advisor/support/child.h"
#include "tests/unit/advisor/support/working_child.h"

namespace faultline {
namespace {

using testing::HasSubstr;

/// What an ordinary user has.
host::Abilities no_rights(int paranoid) {
  host::Abilities can;
  can.uid = 65534;
  can.perf_event_paranoid = paranoid;
  can.kptr_restrict = 2;
  return can;
}

Snapshot measured_with(const host::Abilities& abilities) {
  auto machine = host::inspect_machine();
  const test::WorkingChild child(test::spin);
  child.tell();
  target::Target target;
  target.name = "pid:" + std::to_string(child.pid());
  target.main_pid = child.pid();
  if (!machine) return {};
  machine->abilities = abilities;
  measure::Options options;
  options.window_seconds = 0.3;
  options.slice_seconds = 0.1;
  auto snapshots = measure::measure(*machine, {target}, options);
  return snapshots.size() == 1 && snapshots[0] ? std::move(*snapshots[0]) : Snapshot{};
}

void expect_whole(const Snapshot& snapshot) {
  for (const auto& spec : facts::catalogue()) {
    const Fact* const fact = snapshot.facts.find(spec.name);
    ASSERT_NE(fact, nullptr) << spec.name;
    EXPECT_TRUE(fact->known() || !fact->reason.empty()) << spec.name;
  }
  const auto again = documents::read_snapshot(documents::write_snapshot(snapshot), "the snapshot");
  EXPECT_TRUE(again) << again.error().why;
}

class ParanoidMachine : public testing::TestWithParam<int> {};

TEST_P(ParanoidMachine, SaysWhichSettingHidesTheKernel) {
  const Snapshot snapshot = measured_with(no_rights(GetParam()));
  expect_whole(snapshot);
  for (const auto* name : {"profile.samples.count", "profile.fault_path.share", "profile.allocator.share"}) {
    const Fact* const fact = snapshot.facts.find(name);
    ASSERT_NE(fact, nullptr);
    EXPECT_FALSE(fact->known()) << name;
    EXPECT_THAT(fact->reason, HasSubstr("perf_event_paranoid is " + std::to_string(GetParam()))) << name;
    EXPECT_THAT(fact->unlock, HasSubstr("perf_event_paranoid")) << name;
  }
  EXPECT_TRUE(snapshot.facts.number("faults.minor.per_second"));
}

INSTANTIATE_TEST_SUITE_P(Levels, ParanoidMachine, testing::Values(2, 3, 4));

TEST(MachineWithoutBtf, SaysWhatItDoesNotSee) {
  const auto machine = host::inspect_machine();
  ASSERT_TRUE(machine);
  host::Abilities abilities = machine->abilities;
  abilities.has_btf = false;
  const Snapshot snapshot = measured_with(abilities);
  expect_whole(snapshot);
  for (const auto* name : {"mmap_lock.wait.seconds", "mmap_lock.takers"}) {
    const Fact* const fact = snapshot.facts.find(name);
    ASSERT_NE(fact, nullptr);
    EXPECT_FALSE(fact->known()) << name;
    EXPECT_THAT(fact->reason, HasSubstr("BTF")) << name;
    EXPECT_THAT(fact->unlock, HasSubstr("CONFIG_DEBUG_INFO_BTF")) << name;
  }
}

}  // namespace
}  // namespace faultline
