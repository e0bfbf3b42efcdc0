// SPDX-License-Identifier: Apache-2.0
// The main job, end to end: a service of a real systemd is measured, the drop-in that faultline prints is put in place
// by hand, and the faults go away.
#include <gmock/gmock.h>

#include "tests/hosts/systemd/support/host_test.h"

namespace faultline::hosts {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr const char* refault = "/opt/lab/refault";
constexpr const char* own_file = "/etc/systemd/system/rewards.service.d/zz-faultline.conf";

class Refault : public HostTest {};

TEST_F(Refault, is_found_by_the_units_name) {
  install("rewards.service", refault);
  start("rewards.service");
  const json target = audited("rewards.service");
  EXPECT_EQ(first_cause(target), "refault") << target["undecided"].dump(2);
  EXPECT_EQ(refusal(target, "keep-heap"), "");
  ASSERT_EQ(target["changes"].size(), 1U) << target["refusals"].dump(2);
  const json& change = target["changes"][0];
  EXPECT_EQ(change["platform"], "systemd");
  EXPECT_EQ(change["path"], own_file);
  EXPECT_TRUE(change["before"].is_null());
  EXPECT_THAT(change["needs"], (json{"daemon-reload", "restart"}));
  const std::string after = change["after"];
  EXPECT_THAT(after, AllOf(HasSubstr("MALLOC_TRIM_THRESHOLD_="), HasSubstr("MALLOC_MMAP_THRESHOLD_="),
                           HasSubstr(change["plan_id"].get<std::string>())));
  EXPECT_THAT(change["diff"].get<std::string>(), AllOf(HasSubstr("--- /dev/null"), HasSubstr(own_file)));
}

TEST_F(Refault, the_drop_in_makes_the_faults_go_away) {
  install("rewards.service", refault);
  start("rewards.service");
  const json before = audited("rewards.service");
  ASSERT_EQ(first_cause(before), "refault") << before["undecided"].dump(2);
  ASSERT_EQ(before["changes"].size(), 1U) << before["refusals"].dump(2);

  host().write(before["changes"][0]["path"], before["changes"][0]["after"]);
  systemctl({"daemon-reload"});
  EXPECT_THAT(property("rewards.service", "DropInPaths"), HasSubstr(own_file));
  EXPECT_EQ(systemctl({"show", "rewards.service"}).exit_code, 0);
  start("rewards.service", "restart");

  const json after = audited("rewards.service");
  EXPECT_EQ(first_cause(after), "none") << after["findings"].dump(2);
  EXPECT_THAT(after["changes"], IsEmpty());
  EXPECT_THAT(after["unit"]["drop_in_paths"], Contains(own_file));
  const double faults_before = number(before, "faults.minor.per_second");
  const double faults_after = number(after, "faults.minor.per_second");
  ASSERT_GT(faults_before, 0);
  ASSERT_GE(faults_after, 0);
  EXPECT_LT(faults_after, 0.1 * faults_before);
  std::printf("minor faults/s: before %.0f, after %.0f\n", faults_before, faults_after);
}

TEST_F(Refault, the_drop_in_is_read_by_systemd_without_a_complaint) {
  install("rewards.service", refault, "Environment=MALLOC_ARENA_MAX=4\n");
  start("rewards.service");
  const json target = audited("rewards.service");
  ASSERT_EQ(target["changes"].size(), 1U) << target["refusals"].dump(2);
  host().write(own_file, target["changes"][0]["after"]);
  systemctl({"daemon-reload"});
  // Its exit status is 0 whatever it finds (systemd 252): what it says counts.
  EXPECT_THAT(host().run({"systemd-analyze", "verify", "rewards.service"}).err, Not(HasSubstr("zz-faultline")));
  const std::string environment = property("rewards.service", "Environment");
  EXPECT_THAT(environment, AllOf(HasSubstr("MALLOC_ARENA_MAX="), HasSubstr("MALLOC_TRIM_THRESHOLD_="),
                                 HasSubstr("MALLOC_MMAP_THRESHOLD_=")));
}

TEST_F(Refault, an_audit_changes_nothing_on_the_host) {
  install("rewards.service", refault);
  start("rewards.service");
  const std::vector<std::string> everything{
      "find", "/etc",  "/var",       "/opt",    "/root",          "/run/systemd/system",
      "-not", "-path", "/var/log/*", "-printf", "%p %s %T@ %m\\n"};
  const std::string before = host().run(everything).out;
  const std::string pid = property("rewards.service", "MainPID");
  ASSERT_EQ(first_cause(audited("rewards.service")), "refault");
  EXPECT_EQ(host().run(everything).out, before);
  EXPECT_EQ(property("rewards.service", "MainPID"), pid);
  EXPECT_EQ(property("rewards.service", "NRestarts"), "0");
}

TEST_F(Refault, an_instance_of_a_template_gets_a_drop_in_of_its_own) {
  install("worker@.service", refault);
  start("worker@3.service");
  const json target = audited("worker@3.service");
  systemctl({"stop", "worker@3.service"});
  EXPECT_EQ(target["unit"]["fragment_path"], "/etc/systemd/system/worker@.service");
  EXPECT_EQ(first_cause(target), "refault");
  ASSERT_EQ(target["changes"].size(), 1U) << target["refusals"].dump(2);
  EXPECT_EQ(target["changes"][0]["path"], "/etc/systemd/system/worker@3.service.d/zz-faultline.conf");
}

TEST_F(Refault, a_name_with_an_escaped_character_gets_the_drop_in_that_systemd_reads) {
  const std::string name = "re\\x2dwards.service";
  install(name, refault);
  start(name);
  const json target = audited(name);
  ASSERT_EQ(target["changes"].size(), 1U) << target["refusals"].dump(2);
  host().write(target["changes"][0]["path"], target["changes"][0]["after"]);
  systemctl({"daemon-reload"});
  EXPECT_THAT(property(name, "Environment"), HasSubstr("MALLOC_TRIM_THRESHOLD_="));
}

TEST_F(Refault, a_pid_of_a_unit_is_fixed_through_its_unit) {
  install("rewards.service", refault);
  start("rewards.service");
  const json target = audited("pid:" + property("rewards.service", "MainPID"));
  EXPECT_EQ(first_cause(target), "refault");
  EXPECT_EQ(target["unit"]["id"], "rewards.service");
  ASSERT_EQ(target["changes"].size(), 1U) << target["refusals"].dump(2);
  EXPECT_EQ(target["changes"][0]["path"], own_file);
}

TEST_F(Refault, a_cgroup_is_a_target_too) {
  install("rewards.service", refault);
  start("rewards.service");
  const json target = audited("cgroup:/system.slice/rewards.service");
  EXPECT_EQ(target["target"], "cgroup:/system.slice/rewards.service");
  EXPECT_EQ(first_cause(target), "refault");
}

TEST_F(Refault, children_that_come_and_go_are_counted_with_their_unit) {
  install("forks.service", "/opt/lab/first_touch_fork");
  start("forks.service");
  const json target = audited("forks.service");
  EXPECT_EQ(first_cause(target), "first-touch") << target["undecided"].dump(2);
  EXPECT_GT(number(target, "process.born.count"), 50);
}

}  // namespace
}  // namespace faultline::hosts
