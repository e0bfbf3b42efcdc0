// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "advisor/documents/audit_json.h"
#include "advisor/model/snapshot.h"

namespace faultline::documents {

/// A snapshot in which every member has a value of its own.
inline Snapshot full_snapshot() {
  Snapshot s;
  s.faultline_version = "0.1.0";
  s.host = {"6.1.0-13-amd64", "x86_64", 64, 2, 4096, 1412.25};
  s.target = "worker@3.service";
  s.process = {4121,
               987654321,
               "/usr/bin/wörker \\x1b",
               "worker",
               8,
               2,
               "/system.slice/worker@3.service",
               "native",
               "glibc 2.36",
               "glibc",
               "dynamic",
               false,
               9U,
               {{"MALLOC_ARENA_MAX", "2"}, {"LD_PRELOAD", ""}}};
  Unit unit;
  unit.id = "worker@3.service";
  unit.load_state = "loaded";
  unit.active_state = "active";
  unit.unit_file_state = "enabled";
  unit.fragment_path = "/etc/systemd/system/worker@.service";
  unit.drop_in_paths = {"/etc/systemd/system/worker@.service.d/10-a.conf", "/run/b.conf"};
  unit.environment = {{"GLIBC_TUNABLES", "glibc.malloc.arena_max=2"}};
  unit.environment_files = {{"/etc/default/worker", true, false, {}}, {"/etc/w.env", false, true, {{"A", "b"}}}};
  unit.unset_environment = {"LD_PRELOAD"};
  unit.user = "worker";
  unit.control_group = "/system.slice/worker@3.service";
  unit.main_pid = 4121;
  unit.transient = true;
  unit.cpu_quota_cores = 1.5;
  unit.own_drop_in = "[Service]\nEnvironment=\"A=b\"\n";
  s.unit = unit;
  s.window = {"2026-11-24T02:00:00Z", 10.000123, 10, 10, "the process ended after 3.2 s", {0.021, 0.0011}};
  Fact faults = Fact::measured("faults.minor.per_second", 1040000.1, "perf:page-faults-min");
  faults.slices = {1.0, std::nullopt, 0.1 + 0.2, 1e300, 5e-324, -0.0};
  faults.trend = Trend::rising;
  s.facts.put(faults);
  s.facts.put(Fact::estimated("faults.refault.share", 1.0 / 3.0, "faults.refault.pages over faults.anon.count"));
  s.facts.put(Fact::unknown("profile.samples.count", "perf_event_paranoid is 3", "CAP_SYS_ADMIN"));
  s.facts.put(Fact::measured("process.secure", false, "/proc/PID/auxv"));
  s.facts.put(Fact::measured("runtime.libc", std::string("glibc 2.36"), "PT_INTERP"));
  s.stacks = {{"main;handle;malloc", 18446744073709551615ULL}, {"main;;[unknown]", 1}};
  return s;
}

inline AuditDocument full_audit() {
  AuditedTarget target;
  target.snapshot = full_snapshot();
  Finding finding;
  finding.id = "0123456789abcdef";
  finding.rule = "refault-trim";
  finding.cause = "refault";
  finding.title = "freed memory goes back";
  finding.severity = Severity::high;
  finding.cost_share = 0.7;
  finding.confidence = "medium: estimated";
  finding.evidence = {{"faults.refault.share", 0.94, "share", ">= 0.5", Quality::estimated, "model"},
                      {"runtime.libc", std::string("glibc 2.36"), "", "", Quality::measured, "PT_INTERP"}};
  finding.moves = {"requests", "growth", "412 MiB"};
  finding.fixes = {{"keep-heap",
                    "stop giving memory back",
                    {EnvironmentVariable{"MALLOC_TRIM_THRESHOLD_", "1073741824"}, CpuQuota{2.5}},
                    std::nullopt,
                    std::nullopt,
                    "412 MiB",
                    {{"faults.refault.time_share", "falls by 90 %"}},
                    {"restart needed"}},
                   {"limit-arenas", "", {}, "jemalloc is loaded", "none", "", {}, {}}};
  target.diagnosis.findings = {finding};
  target.diagnosis.bill.lines = {{"refault", 0.7, 1480.0, Quality::estimated, ""},
                                 {"tlb", std::nullopt, std::nullopt, Quality::unknown, "not measured"}};
  target.diagnosis.ladder = {{"counters", RungState::hot, "1.04 M/s"}, {"numa", RungState::unknown, "not measured"}};
  target.diagnosis.undecided = {{"tlb", "tlb-reach", {"cpu.time.seconds"}, "no PMU", "a machine with a PMU"}};
  target.diagnosis.deferred = {{"first-touch", "first-touch", "cpu-throttling"}};
  target.changes = {{{"keep-heap"},
                     "systemd",
                     "/etc/x.conf",
                     std::nullopt,
                     "[Service]\n",
                     "--- a\n+++ b\n",
                     {"daemon-reload", "restart"},
                     {"note"},
                     "plan"}};
  target.refusals = {{"raise-cpu-quota", "the unit is masked"}};
  AuditDocument audit;
  audit.faultline_version = "0.1.0";
  audit.argv = {"faultline", "audit", "worker@3.service"};
  audit.exit_code = 2;
  audit.host = target.snapshot.host;
  audit.targets = {target, FailedTarget{"gone.service", {ErrorKind::not_found, "no unit", "gone.service", "why", "h"}}};
  return audit;
}

}  // namespace faultline::documents
