// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "tests/unit/advisor/fixes/samples.h"

namespace faultline {
namespace {

using testing::Contains;
using testing::HasSubstr;

/// Two nodes of two CPUs; one thread on node 0, and its 220 MiB on node 1.
Snapshot remote_service() {
  Snapshot snapshot = trimming_service();
  set(snapshot, "host.numa_nodes", 2.0);
  set(snapshot, "cpu.busy.cores", 1.0);
  set(snapshot, "numa.home.node", std::string("0"));
  set(snapshot, "numa.home.cpus", std::string("0-1"));
  set(snapshot, "numa.home.cpus.count", 2.0);
  set(snapshot, "numa.home.room_bytes", 800 * mib);
  set(snapshot, "numa.interleaved", false);
  set(snapshot, "numa.policy", std::string("default"));
  set(snapshot, "numa.balancing", false);
  return snapshot;
}

TEST(BindNuma, SaysWhatTheUnitWouldSay) {
  const Proposal proposal = propose("bind-numa", remote_service());
  EXPECT_EQ(why_not(proposal), "");
  EXPECT_TRUE(proposal.settings.empty());
  EXPECT_THAT(proposal.advice.value_or(""), HasSubstr("NUMAPolicy=preferred, NUMAMask=0 and CPUAffinity=0-1"));
  EXPECT_THAT(proposal.price, HasSubstr("no CPUs but 0-1"));
  EXPECT_TRUE(proposal.notes.empty());
}

TEST(BindNuma, RefusesWhatDoesNotFit) {
  Snapshot busy = remote_service();
  set(busy, "cpu.busy.cores", 1.9);
  EXPECT_THAT(why_not(propose("bind-numa", busy)), HasSubstr("node 0 has 2 CPUs"));
  Snapshot large = remote_service();
  set(large, "numa.home.room_bytes", 219 * mib);
  EXPECT_THAT(why_not(propose("bind-numa", large)), HasSubstr("node 0 has room for 219 MiB"));
}

TEST(BindNuma, RefusesWhatWasChosenAndWhereThereIsNoChoice) {
  Snapshot interleaved = remote_service();
  set(interleaved, "numa.interleaved", true);
  EXPECT_THAT(why_not(propose("bind-numa", interleaved)), HasSubstr("interleaves"));
  Snapshot one = remote_service();
  set(one, "host.numa_nodes", 1.0);
  EXPECT_THAT(why_not(propose("bind-numa", one)), HasSubstr("one node"));
}

TEST(BindNuma, RefusesWhereItDoesNotKnowTheRoom) {
  for (const auto* fact : {"numa.home.node", "numa.home.cpus", "numa.home.cpus.count", "numa.home.room_bytes",
                           "cpu.busy.cores", "memory.rss_bytes"}) {
    Snapshot snapshot = remote_service();
    forget(snapshot, fact);
    EXPECT_THAT(why_not(propose("bind-numa", snapshot)), HasSubstr(fact));
  }
}

TEST(BindNuma, SaysWhatElseDecides) {
  Snapshot snapshot = remote_service();
  set(snapshot, "numa.policy", std::string("bind:1"));
  set(snapshot, "numa.balancing", true);
  const Proposal proposal = propose("bind-numa", snapshot);
  EXPECT_THAT(proposal.notes, Contains(HasSubstr("policy bind:1 now")));
  EXPECT_THAT(proposal.notes, Contains(HasSubstr("kernel.numa_balancing is on")));
  forget(snapshot, "numa.policy");
  EXPECT_THAT(propose("bind-numa", snapshot).notes, Contains(HasSubstr("was not read")));
}

}  // namespace
}  // namespace faultline
