// SPDX-License-Identifier: Apache-2.0
#include "appliers/systemd/drop_in.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "appliers/systemd/own_file.h"

namespace faultline::systemd {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Unit loaded_unit() {
  Unit unit;
  unit.id = "rewards.service";
  unit.load_state = "loaded";
  unit.active_state = "active";
  unit.fragment_path = "/usr/lib/systemd/system/rewards.service";
  return unit;
}

FixSettings keep_heap() {
  return {"keep-heap",
          "malloc keeps freed memory",
          {EnvironmentVariable{"MALLOC_TRIM_THRESHOLD_", "9"}, EnvironmentVariable{"MALLOC_MMAP_THRESHOLD_", "8"}}};
}
FixSettings quota(double cores) {
  FixSettings fix{"raise-cpu-quota", "a quota that bursts fit in", {}};
  fix.settings.emplace_back(CpuQuota{cores});  // an initializer list is copied, and GCC 12 warns of the copy
  return fix;
}
FixSettings tunable(const std::string& fix, const std::string& list) {
  return {fix, "why", {EnvironmentVariable{"GLIBC_TUNABLES", list}}};
}

Rendering rendered(const Unit& unit, const std::vector<FixSettings>& fixes,
                   const std::map<std::string, std::string>& process = {}) {
  return render(unit, process, fixes, "0.1.0");
}

/// The one change there has to be.
Change changed(const Rendering& rendering) {
  for (const auto& refusal : rendering.refusals) ADD_FAILURE() << refusal.fix << ": " << refusal.why;
  if (rendering.changes.size() == 1) return rendering.changes.front();
  ADD_FAILURE() << rendering.changes.size() << " changes";
  return {};
}

/// The one refusal there has to be, without a change.
std::string refused(const Rendering& rendering) {
  EXPECT_THAT(rendering.changes, IsEmpty());
  return rendering.refusals.size() == 1 ? rendering.refusals.front().why
                                        : std::to_string(rendering.refusals.size()) + " refusals";
}

/// What the unit looks like once the change is in place and loaded.
Unit after(Unit unit, const Change& change) {
  unit.own_drop_in = change.after;
  unit.drop_in_paths.push_back(change.path);
  const auto read = read_own_file("Service", change.after);
  for (const auto& directive : read->directives) {
    if (!directive.name.empty()) unit.environment[directive.name] = directive.value;
  }
  return unit;
}

std::string body_of(const Change& change) { return change.after.substr(change.after.find("[Service]")); }

TEST(DropIn, IsANewFileOfTheUnit) {
  const Change change = changed(rendered(loaded_unit(), {keep_heap()}));
  EXPECT_EQ(change.platform, "systemd");
  EXPECT_EQ(change.path, "/etc/systemd/system/rewards.service.d/zz-faultline.conf");
  EXPECT_EQ(change.before, std::nullopt);
  EXPECT_THAT(change.fixes, ElementsAre("keep-heap"));
  EXPECT_THAT(change.needs, ElementsAre("daemon-reload", "restart"));
  EXPECT_EQ(body_of(change),
            "[Service]\n"
            "# keep-heap: malloc keeps freed memory\n"
            "Environment=\"MALLOC_TRIM_THRESHOLD_=9\"\n"
            "Environment=\"MALLOC_MMAP_THRESHOLD_=8\"\n");
  EXPECT_THAT(change.after, HasSubstr("# plan " + change.plan_id + "\n"));
  EXPECT_THAT(change.diff, HasSubstr("--- /dev/null\n+++ /etc/systemd/system/rewards.service.d/zz-faultline.conf\n"));
  EXPECT_THAT(change.diff, HasSubstr("+Environment=\"MALLOC_TRIM_THRESHOLD_=9\"\n"));
}

TEST(DropIn, AQuotaTakesEffectWithoutARestart) {
  const Change change = changed(rendered(loaded_unit(), {quota(2.2)}));
  EXPECT_THAT(change.after, HasSubstr("\nCPUQuota=220%\n"));
  EXPECT_THAT(change.needs, ElementsAre("daemon-reload"));
  EXPECT_THAT(change.notes, Contains(HasSubstr("need not be restarted")));
  EXPECT_THAT(changed(rendered(loaded_unit(), {quota(2.2), keep_heap()})).needs, Contains("restart"));
}

TEST(DropIn, ASecondRenderingOfWhatIsThereIsNoChange) {
  const Change change = changed(rendered(loaded_unit(), {keep_heap(), quota(2)}));
  Unit unit = after(loaded_unit(), change);
  unit.cpu_quota_cores = 2;
  const std::map<std::string, std::string> live{{"MALLOC_TRIM_THRESHOLD_", "9"}, {"MALLOC_MMAP_THRESHOLD_", "8"}};
  const Rendering again = rendered(unit, {keep_heap(), quota(2)}, live);
  EXPECT_THAT(again.changes, IsEmpty());
  ASSERT_EQ(again.refusals.size(), 2U);
  for (const auto& refusal : again.refusals) {
    EXPECT_EQ(refusal.why, "the unit sets it already");
    EXPECT_TRUE(refusal.in_place);
  }
}

TEST(DropIn, WhatIsThereAndNotLiveSaysWhatIsLeftToDo) {
  const Change change = changed(rendered(loaded_unit(), {keep_heap()}));
  EXPECT_THAT(refused(rendered(after(loaded_unit(), change), {keep_heap()})), HasSubstr("restart it"));
  Unit not_loaded = loaded_unit();
  not_loaded.own_drop_in = change.after;
  EXPECT_THAT(refused(rendered(not_loaded, {keep_heap()})), HasSubstr("is not loaded: daemon-reload and restart"));
}

TEST(DropIn, WhatTheUnitItselfSetsIsNoChange) {
  Unit unit = loaded_unit();
  unit.environment = {{"MALLOC_TRIM_THRESHOLD_", "9"}, {"MALLOC_MMAP_THRESHOLD_", "8"}};
  EXPECT_THAT(refused(rendered(unit, {keep_heap()}, unit.environment)), HasSubstr("already"));
  unit.environment["MALLOC_MMAP_THRESHOLD_"] = "7";
  EXPECT_THAT(changed(rendered(unit, {keep_heap()}, unit.environment)).after, HasSubstr("MALLOC_MMAP_THRESHOLD_=8"));
  unit.cpu_quota_cores = 1.5;
  EXPECT_THAT(refused(rendered(unit, {quota(1.5)})), HasSubstr("already"));
}

TEST(DropIn, KeepsWhatTheFileHasOfOtherFixes) {
  const Change first = changed(rendered(loaded_unit(), {keep_heap()}));
  const Unit unit = after(loaded_unit(), first);
  const Change second = changed(rendered(unit, {quota(3)}));
  EXPECT_EQ(second.before, first.after);
  EXPECT_EQ(body_of(second), body_of(first) + "# raise-cpu-quota: a quota that bursts fit in\nCPUQuota=300%\n");
  EXPECT_THAT(second.fixes, ElementsAre("raise-cpu-quota", "keep-heap"));
  EXPECT_THAT(second.notes, Contains(HasSubstr("stays in the file: keep-heap")));
  EXPECT_THAT(second.needs, ElementsAre("daemon-reload")) << "what stays takes no restart";
  EXPECT_NE(second.plan_id, first.plan_id);
}

TEST(DropIn, AFixThatNowMeansLessTakesBackTheRest) {
  FixSettings more = keep_heap();
  more.settings.push_back(EnvironmentVariable{"MALLOC_TOP_PAD_", "7"});
  const Unit unit = after(loaded_unit(), changed(rendered(loaded_unit(), {more, quota(3)})));
  const Change change = changed(rendered(unit, {keep_heap()}));
  EXPECT_THAT(change.after, Not(HasSubstr("TOP_PAD")));
  EXPECT_THAT(change.after, HasSubstr("CPUQuota=300%"));
  EXPECT_THAT(change.diff, HasSubstr("-Environment=\"MALLOC_TOP_PAD_=7\"\n"));
}

TEST(DropIn, MergesTheTunablesOfUnitFileAndFixes) {
  Unit unit = loaded_unit();
  unit.environment["GLIBC_TUNABLES"] = "glibc.malloc.tcache_count=0:glibc.malloc.top_pad=5";
  const Change change = changed(rendered(
      unit, {tunable("keep-heap", "glibc.malloc.top_pad=1"), tunable("limit-arenas", "glibc.malloc.arena_max=2")}));
  EXPECT_EQ(
      body_of(change),
      "[Service]\n# keep-heap: why\n# limit-arenas: why\n"
      "Environment=\"GLIBC_TUNABLES=glibc.malloc.tcache_count=0:glibc.malloc.top_pad=1:glibc.malloc.arena_max=2\"\n");
  unit.environment["GLIBC_TUNABLES"] = "nonsense";
  EXPECT_THAT(refused(rendered(unit, {tunable("keep-heap", "glibc.malloc.top_pad=1")})), HasSubstr("NAME=VALUE"));
}

TEST(DropIn, TwoFixesCannotWantDifferentValues) {
  FixSettings other = keep_heap();
  other.fix = "other";
  std::get<EnvironmentVariable>(other.settings[0]).value = "1";
  const Rendering rendering = rendered(loaded_unit(), {keep_heap(), other});
  ASSERT_EQ(rendering.refusals.size(), 1U);
  EXPECT_EQ(rendering.refusals[0].fix, "other");
  EXPECT_THAT(rendering.refusals[0].why, HasSubstr("keep-heap sets MALLOC_TRIM_THRESHOLD_ otherwise"));
  ASSERT_EQ(rendering.changes.size(), 1U);
  EXPECT_THAT(rendering.changes[0].after, HasSubstr("MALLOC_TRIM_THRESHOLD_=9"));
}

TEST(DropIn, TwoFixesCannotWantDifferentPartsOfAList) {
  const Rendering rendering = rendered(
      loaded_unit(), {tunable("keep-heap", "glibc.malloc.top_pad=1"), tunable("other", "glibc.malloc.top_pad=2")});
  ASSERT_EQ(rendering.refusals.size(), 1U);
  EXPECT_THAT(rendering.refusals[0].why, HasSubstr("keep-heap sets GLIBC_TUNABLES otherwise"));
}

TEST(DropIn, AnEditedFileIsDrift) {
  Unit unit = after(loaded_unit(), changed(rendered(loaded_unit(), {keep_heap()})));
  *unit.own_drop_in += "MemoryMax=1G\n";
  EXPECT_THAT(refused(rendered(unit, {quota(2)})), HasSubstr("edited"));
  unit.own_drop_in = "[Service]\nEnvironment=A=1\n";
  EXPECT_THAT(refused(rendered(unit, {quota(2)})), HasSubstr("header"));
}

TEST(DropIn, AnEnvironmentFileWins) {
  Unit unit = loaded_unit();
  unit.environment_files = {{"/etc/default/a", false, true, {{"MALLOC_TRIM_THRESHOLD_", "1"}}}};
  const Rendering rendering = rendered(unit, {keep_heap(), quota(2)});
  ASSERT_EQ(rendering.refusals.size(), 1U);
  EXPECT_THAT(rendering.refusals[0].why, HasSubstr("EnvironmentFile=/etc/default/a sets MALLOC_TRIM_THRESHOLD_=1"));
  ASSERT_EQ(rendering.changes.size(), 1U) << "the other fix is rendered all the same";
  EXPECT_THAT(rendering.changes[0].after, Not(HasSubstr("MALLOC")));

  unit.environment_files.push_back({"/etc/default/b", false, true, {{"MALLOC_TRIM_THRESHOLD_", "9"}}});
  EXPECT_THAT(changed(rendered(unit, {keep_heap()})).after, HasSubstr("MALLOC_TRIM_THRESHOLD_=9"))
      << "the last file sets what is wanted";
  unit.environment_files.push_back({"/etc/secret", false, false, {}});
  EXPECT_THAT(refused(rendered(unit, {keep_heap()})), HasSubstr("/etc/secret can't be read"));
}

TEST(DropIn, AnUnsetVariableStaysUnset) {
  Unit unit = loaded_unit();
  unit.unset_environment = {"MALLOC_MMAP_THRESHOLD_"};
  EXPECT_THAT(refused(rendered(unit, {keep_heap()})), HasSubstr("UnsetEnvironment=MALLOC_MMAP_THRESHOLD_"));
}

TEST(DropIn, ALaterDropInWins) {
  for (const auto* path :
       {"/etc/systemd/system/rewards.service.d/zzz.conf", "/usr/lib/systemd/system/service.d/zz-x.conf",
        "/run/systemd/system/rewards.service.d/\xc3\xa9.conf"}) {
    Unit unit = loaded_unit();
    unit.drop_in_paths = {"/etc/systemd/system/rewards.service.d/10-a.conf", path};
    EXPECT_THAT(refused(rendered(unit, {quota(2)})), HasSubstr("would win over it")) << path;
  }
  Unit unit = loaded_unit();
  unit.drop_in_paths = {"/etc/systemd/system.control/rewards.service.d/50-CPUQuota.conf",
                        "/usr/lib/systemd/system/service.d/zz-aaa.conf"};
  (void)changed(rendered(unit, {quota(2)}));
}

TEST(DropIn, AFileOfItsOwnNameElsewhereHidesOneOfThem) {
  Unit unit = loaded_unit();
  unit.id = "worker@3.service";
  unit.drop_in_paths = {"/etc/systemd/system/worker@.service.d/zz-faultline.conf"};
  EXPECT_THAT(refused(rendered(unit, {quota(2)})), HasSubstr("reads one"));
}

TEST(DropIn, AUnitThatIsNotLoadedGetsNone) {
  for (const auto* state : {"masked", "not-found", "bad-setting", "error", ""}) {
    Unit unit = loaded_unit();
    unit.load_state = state;
    EXPECT_THAT(refused(rendered(unit, {quota(2)})), HasSubstr(state)) << state;
  }
}

TEST(DropIn, OnlyTypesThatTakeADirectiveGetIt) {
  Unit unit = loaded_unit();
  unit.id = "rewards.slice";
  EXPECT_THAT(refused(rendered(unit, {keep_heap()})), HasSubstr("a slice runs no process"));
  EXPECT_THAT(changed(rendered(unit, {quota(2)})).after, HasSubstr("[Slice]\n"));
  for (const auto* id : {"session-1.scope", "a.timer", "a.socket", "a.target"}) {
    unit.id = id;
    EXPECT_THAT(refused(rendered(unit, {quota(2)})), HasSubstr("neither")) << id;
  }
}

TEST(DropIn, NamesOfUnitsAreFoldersOrRefused) {
  Unit unit = loaded_unit();
  for (const auto* id : {"worker@3.service", "dev-disk\\x2dby.service"}) {
    unit.id = id;
    EXPECT_EQ(changed(rendered(unit, {quota(2)})).path,
              std::string("/etc/systemd/system/") + id + ".d/zz-faultline.conf");
  }
  for (const auto* id :
       {"../../tmp/a.service", "a/b.service", "a\n.service", "a%h.service", "a\".service", "", ".service"}) {
    unit.id = id;
    EXPECT_THAT(refused(rendered(unit, {quota(2)})), HasSubstr("not a unit's name")) << id;
  }
}

TEST(DropIn, TransientAndGeneratedUnitsTakeOne) {
  Unit unit = loaded_unit();
  unit.transient = true;
  EXPECT_THAT(changed(rendered(unit, {quota(2)})).notes, Contains(HasSubstr("transient")));
  unit.transient = false;
  unit.unit_file_state = "generated";
  EXPECT_THAT(changed(rendered(unit, {quota(2)})).notes, Not(Contains(HasSubstr("transient"))));
}

TEST(DropIn, AValueThatTheUnitDoesNotExplainIsARefusal) {
  EXPECT_THAT(refused(rendered(loaded_unit(), {keep_heap()}, {{"MALLOC_TRIM_THRESHOLD_", "5"}})),
              HasSubstr("the process has MALLOC_TRIM_THRESHOLD_=5, which its unit does not say"));
  Unit unit = loaded_unit();
  unit.environment["MALLOC_TRIM_THRESHOLD_"] = "5";
  (void)changed(rendered(unit, {keep_heap()}, {{"MALLOC_TRIM_THRESHOLD_", "5"}}));
  EXPECT_THAT(changed(rendered(unit, {keep_heap()})).notes, Contains(HasSubstr("lacks MALLOC_TRIM_THRESHOLD_")));
}

TEST(DropIn, NothingOfAFixIsRenderedWhenAPartCannotBe) {
  FixSettings bad = keep_heap();
  bad.settings.push_back(EnvironmentVariable{"B", "x\nExecStart=/bin/sh"});
  EXPECT_THAT(refused(rendered(loaded_unit(), {bad})), HasSubstr("control"));
  FixSettings reason = keep_heap();
  reason.reason = "line\nExecStart=/bin/sh";
  EXPECT_THAT(body_of(changed(rendered(loaded_unit(), {reason}))),
              HasSubstr("# keep-heap: line\\x0aExecStart=/bin/sh\n"));
}

TEST(DropIn, NeverResetsAList) {
  const Change change = changed(rendered(loaded_unit(), {keep_heap(), quota(2)}));
  EXPECT_THAT(change.after, Not(HasSubstr("Environment=\n")));
}

TEST(DropIn, AFixIsTakenOnceAndHasAnIdAndSettings) {
  EXPECT_THAT(refused(rendered(loaded_unit(), {{"nothing", "why", {}}})), HasSubstr("no settings"));
  for (const auto* id : {"", "a:b", "a b", "a\nb", "A"}) {
    FixSettings fix = keep_heap();
    fix.fix = id;
    EXPECT_THAT(refused(rendered(loaded_unit(), {fix})), HasSubstr("no fix's id")) << id;
  }
  FixSettings both = keep_heap();
  both.settings.push_back(both.settings[0]);
  EXPECT_THAT(refused(rendered(loaded_unit(), {both})), HasSubstr("sets MALLOC_TRIM_THRESHOLD_ twice"));
  const Rendering twice = rendered(loaded_unit(), {keep_heap(), keep_heap()});
  ASSERT_EQ(twice.refusals.size(), 1U);
  EXPECT_THAT(twice.refusals[0].why, HasSubstr("already"));
}

}  // namespace
}  // namespace faultline::systemd
