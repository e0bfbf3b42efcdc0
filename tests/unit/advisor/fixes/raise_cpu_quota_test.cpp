// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/unit/advisor/fixes/samples.h"

namespace faultline {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

Snapshot throttled_service() {
  Snapshot snapshot = trimming_service();
  set(snapshot, "throttling.limiting_cgroup", std::string("/sys/fs/cgroup/system.slice/rewards.service"));
  set(snapshot, "throttling.quota.cores", 0.5);
  set(snapshot, "throttling.wanted.cores", 1.75);
  set(snapshot, "throttling.throttled.share", 0.7);
  return snapshot;
}

Proposal proposed_quota(const Snapshot& snapshot, double cores = 2.2) {
  return propose("raise-cpu-quota", snapshot, {{"cores", cores}});
}

std::string refused_for(const std::string& cgroup) {
  Snapshot snapshot = throttled_service();
  set(snapshot, "throttling.limiting_cgroup", cgroup);
  return why_not(proposed_quota(snapshot));
}

TEST(RaiseCpuQuota, SetsWhatTheRuleComputed) {
  const Proposal proposal = proposed_quota(throttled_service());
  EXPECT_THAT(settings_of(proposal), ElementsAre("quota=2.200000"));
  EXPECT_EQ(proposal.price,
            "up to 2.2 cores instead of 0.5 cores: 1.7 cores of the host's 8 CPUs that others do not get then");
  EXPECT_EQ(proposal.expected.at("throttling.throttled.share"), "falls from 70 % to near zero");
  EXPECT_THAT(proposal.notes, Contains(HasSubstr("8 threads share 0.5 cores")));
}

TEST(RaiseCpuQuota, NamesTheCgroupThatLimitsWhereItIsNotTheUnits) {
  EXPECT_EQ(refused_for("/sys/fs/cgroup/cpu,cpuacct/system.slice/rewards.service"), "") << "a v1 hierarchy";
  EXPECT_THAT(refused_for("/sys/fs/cgroup/system.slice"), HasSubstr("'system.slice' limits all that is in it"));
  EXPECT_THAT(refused_for("/sys/fs/cgroup"), HasSubstr("above the unit"));
  EXPECT_THAT(refused_for("/sys/fs/cgroup/system.slice/rewards.service/payload"), HasSubstr("inside the unit"));
  EXPECT_THAT(refused_for("/sys/fs/cgroup/system.slice/other.service"), HasSubstr("other.service"));
  Snapshot snapshot = throttled_service();
  snapshot.unit->control_group.clear();
  EXPECT_THAT(why_not(proposed_quota(snapshot)), HasSubstr("no cgroup now"));
}

TEST(RaiseCpuQuota, WithoutAUnitTheCgroupTellsWhoSetsIt) {
  Snapshot snapshot = throttled_service();
  snapshot.unit.reset();
  EXPECT_EQ(why_not(proposed_quota(snapshot)), "");
  snapshot.process.cgroup = "/system.slice/docker-4f.scope";
  set(snapshot, "throttling.limiting_cgroup", std::string("/sys/fs/cgroup/system.slice/docker-4f.scope"));
  EXPECT_THAT(why_not(proposed_quota(snapshot)), HasSubstr("container's runtime"));
  snapshot.process.cgroup = "/";
  set(snapshot, "throttling.limiting_cgroup", std::string("/sys/fs/cgroup/"));
  EXPECT_THAT(why_not(proposed_quota(snapshot)), HasSubstr("no service of systemd's"));
}

TEST(RaiseCpuQuota, NeverBeyondTheHostAndNeverLower) {
  EXPECT_THAT(why_not(proposed_quota(throttled_service(), 8.5)), HasSubstr("the host has 8"));
  EXPECT_THAT(why_not(proposed_quota(throttled_service(), 0.5)), HasSubstr("as high as is of use"));
  EXPECT_THAT(why_not(proposed_quota(throttled_service(), 0.3)), HasSubstr("as high as is of use"));
  EXPECT_THAT(proposed_quota(throttled_service(), 8).notes, Contains(HasSubstr("every CPU of the host")));
  Snapshot snapshot = throttled_service();
  snapshot.unit->cpu_quota_cores = 4;
  EXPECT_THAT(why_not(proposed_quota(snapshot)), HasSubstr("is 4 cores already"));
}

TEST(RaiseCpuQuota, NeedsItsNumbers) {
  EXPECT_THAT(why_not(propose("raise-cpu-quota", throttled_service())), testing::Not(testing::IsEmpty()));
  for (const auto* fact : {"throttling.quota.cores", "throttling.limiting_cgroup"}) {
    Snapshot snapshot = throttled_service();
    forget(snapshot, fact);
    EXPECT_THAT(why_not(proposed_quota(snapshot)), HasSubstr(std::string(fact) + " is unknown")) << fact;
  }
  Snapshot snapshot = throttled_service();
  forget(snapshot, "host.cpus");
  EXPECT_EQ(why_not(proposed_quota(snapshot)), "") << "the host itself says it too";
  snapshot.host.cpus = 0;
  EXPECT_THAT(why_not(proposed_quota(snapshot)), HasSubstr("host.cpus"));
}

TEST(RaiseCpuQuota, TellsGoOfItsOwnWay) {
  Snapshot snapshot = throttled_service();
  set(snapshot, "runtime.kind", std::string("go"));
  EXPECT_THAT(proposed_quota(snapshot).notes, Contains(HasSubstr("GOMAXPROCS=1")));
}

}  // namespace
}  // namespace faultline
