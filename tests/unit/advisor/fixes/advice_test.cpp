// SPDX-License-Identifier: Apache-2.0
// The fixes that no setting expresses yet.
#include <gmock/gmock.h>

#include "tests/unit/advisor/fixes/samples.h"

namespace faultline {
namespace {

using testing::Contains;
using testing::HasSubstr;

std::string advice_of(const std::string& fix, const Snapshot& snapshot) {
  const Proposal proposal = propose(fix, snapshot, {{"bytes", 100 * mib}});
  EXPECT_EQ(why_not(proposal), "");
  EXPECT_TRUE(proposal.settings.empty());
  return proposal.advice.value_or("");
}

TEST(PretouchHeap, SaysWhatTheRuntimeCanDo) {
  Snapshot snapshot = trimming_service();
  EXPECT_THAT(advice_of("pretouch-heap", snapshot), HasSubstr("MADV_POPULATE_WRITE"));
  set(snapshot, "runtime.kind", std::string("jvm"));
  EXPECT_THAT(advice_of("pretouch-heap", snapshot), HasSubstr("-XX:+AlwaysPreTouch with -Xms equal to -Xmx"));
  set(snapshot, "runtime.kind", std::string("python"));
  EXPECT_THAT(advice_of("pretouch-heap", snapshot), HasSubstr("after the fork"));
  forget(snapshot, "runtime.kind");
  EXPECT_THAT(advice_of("pretouch-heap", snapshot), HasSubstr("MADV_POPULATE_WRITE"));
}

TEST(PretouchHeap, CountsWhatItCosts) {
  Snapshot snapshot = trimming_service();
  set(snapshot, "host.ns_per_fault", 1500.0);
  EXPECT_EQ(propose("pretouch-heap", snapshot, {{"bytes", 1024 * mib}}).price,
            "1 GiB resident before they are needed, and about 393 ms more of start-up");
}

TEST(PretouchHeap, RefusesBeyondTheHeadroom) {
  Snapshot snapshot = trimming_service();
  set(snapshot, "memory.headroom_bytes", 96 * mib);
  EXPECT_THAT(why_not(propose("pretouch-heap", snapshot, {{"bytes", 97 * mib}})), HasSubstr("leaves 96 MiB"));
  forget(snapshot, "memory.headroom_bytes");
  EXPECT_THAT(propose("pretouch-heap", snapshot, {{"bytes", 97 * mib}}).notes,
              Contains(HasSubstr("memory.headroom_bytes is unknown")));
}

TEST(PretouchHeap, RefusesWhatTheJvmDoesAlready) {
  Snapshot snapshot = trimming_service();
  snapshot.process.environment["JAVA_TOOL_OPTIONS"] = "-Xms1g -XX:+AlwaysPreTouch";
  EXPECT_THAT(why_not(propose("pretouch-heap", snapshot)), HasSubstr("already"));
}

TEST(GateReadiness, NamesWhatHoldsTrafficBack) {
  Snapshot snapshot = trimming_service();
  EXPECT_THAT(advice_of("gate-readiness", snapshot), HasSubstr("Type=notify"));
  snapshot.unit.reset();
  EXPECT_THAT(advice_of("gate-readiness", snapshot), HasSubstr("startupProbe"));
}

TEST(ChangeWorkload, ForALockNamesTheCallsThatHoldIt) {
  Snapshot snapshot = trimming_service();
  set(snapshot, "mmap_lock.takers", std::string("mprotect 97 %, munmap 3 %"));
  EXPECT_THAT(propose("change-workload", snapshot, {{"mmap_lock", 1}}).advice.value_or(""),
              HasSubstr("held for writing by mprotect 97 %, munmap 3 %"));
  forget(snapshot, "mmap_lock.takers");
  const Proposal proposal = propose("change-workload", snapshot, {{"mmap_lock", 1}});
  EXPECT_EQ(why_not(proposal), "");
  EXPECT_THAT(proposal.advice.value_or(""), HasSubstr("Keep mappings"));
}

TEST(ChangeWorkload, DependsOnWhoPays) {
  Snapshot snapshot = trimming_service();
  EXPECT_THAT(why_not(propose("change-workload", snapshot)), HasSubstr("settings reach that"));
  set(snapshot, "process.short_lived.fault_share", 0.9);
  EXPECT_THAT(advice_of("change-workload", snapshot), HasSubstr("start workers once"));
  set(snapshot, "process.short_lived.fault_share", 0.0);
  set(snapshot, "heap.give_back.by_allocator.share", 0.02);
  EXPECT_THAT(advice_of("change-workload", snapshot), HasSubstr("munmap"));
}

TEST(PinCpus, KeepsTheNeighboursOffAndNamesTheNodeWhereThereAreSome) {
  Snapshot snapshot = trimming_service();
  set(snapshot, "host.numa_nodes", 1.0);
  EXPECT_THAT(advice_of("pin-cpus", snapshot), HasSubstr("AllowedCPUs= in a drop-in of the unit"));
  EXPECT_THAT(advice_of("pin-cpus", snapshot), testing::Not(HasSubstr("NUMA")));
  set(snapshot, "host.numa_nodes", 2.0);
  EXPECT_THAT(advice_of("pin-cpus", snapshot), HasSubstr("CPUs of one NUMA node"));
  set(snapshot, "sched.steal.share", 0.2);
  EXPECT_THAT(propose("pin-cpus", snapshot).notes, Contains(HasSubstr("20 % of its CPUs' time")));
  set(snapshot, "host.cpus", 1.0);
  EXPECT_THAT(why_not(propose("pin-cpus", snapshot)), HasSubstr("one CPU"));
}

TEST(ExclusiveCpus, AreForPods) {
  Snapshot snapshot = trimming_service();
  EXPECT_THAT(why_not(propose("exclusive-cpus", snapshot)), HasSubstr("not of a pod"));
  snapshot.process.cgroup = "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod1.slice/cri-1.scope";
  EXPECT_THAT(advice_of("exclusive-cpus", snapshot), HasSubstr("requests equal to limits"));
}

TEST(MatchParallelism, IsAsManyAsCpusOrAsTheQuotaHas) {
  Snapshot snapshot = trimming_service();
  EXPECT_THAT(why_not(propose("match-parallelism", snapshot)), HasSubstr("sched.allowed_cpus.count"));
  set(snapshot, "sched.allowed_cpus.count", 4.0);
  EXPECT_THAT(advice_of("match-parallelism", snapshot), HasSubstr("4 worker threads"));
  set(snapshot, "throttling.quota.cores", 1.5);
  set(snapshot, "runtime.kind", std::string("go"));
  EXPECT_THAT(advice_of("match-parallelism", snapshot), HasSubstr("GOMAXPROCS=2 for Go before 1.25"));
  set(snapshot, "runtime.kind", std::string("jvm"));
  EXPECT_THAT(advice_of("match-parallelism", snapshot), HasSubstr("-XX:ActiveProcessorCount=2"));
  set(snapshot, "runtime.kind", std::string("dotnet"));
  EXPECT_THAT(advice_of("match-parallelism", snapshot), HasSubstr("2 worker threads"));
  set(snapshot, "process.threads.count", 2.0);
  EXPECT_THAT(why_not(propose("match-parallelism", snapshot)), HasSubstr("no more than can run"));
}

TEST(EveryFix, ExplainsItselfAndNeverProposesFromNothing) {
  for (const auto& fix : all_fixes()) {
    EXPECT_FALSE(fix->summary().empty()) << fix->id();
    for (const auto* part : {"applies to", "price", "sources"}) {
      EXPECT_NE(fix->description().find(part), std::string_view::npos) << fix->id() << " does not say: " << part;
    }
    const Proposal proposal = fix->propose(Snapshot{}, {});
    EXPECT_EQ(proposal.fix, fix->id());
    EXPECT_TRUE(proposal.settings.empty()) << fix->id() << " sets something and knows nothing";
    EXPECT_TRUE(proposal.refused || proposal.advice) << fix->id();
  }
}

}  // namespace
}  // namespace faultline
