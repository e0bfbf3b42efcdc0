// SPDX-License-Identifier: Apache-2.0
// Units that can't be audited, and a bus that can't be asked: a clear error and the promised exit code.
#include <gmock/gmock.h>

#include "tests/hosts/systemd/support/host_test.h"

namespace faultline::hosts {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr const char* light = "/opt/lab/refault --rate 5";

class BadTarget : public HostTest {};

TEST_F(BadTarget, an_unknown_unit_is_answered_with_the_near_misses) {
  install("rewards.service", light);
  start("rewards.service");
  const CommandResult result = faultline({"audit", "rewrads.service"});
  EXPECT_EQ(result.exit_code, 64);
  EXPECT_THAT(result.err, AllOf(HasSubstr("rewrads.service"), HasSubstr("did you mean rewards.service")));
  EXPECT_THAT(result.out, IsEmpty());
}

TEST_F(BadTarget, a_unit_that_is_installed_and_was_never_started_is_a_near_miss_too) {
  install("reports.service", light);
  const CommandResult result = faultline({"audit", "report.service"});
  EXPECT_EQ(result.exit_code, 64);
  EXPECT_THAT(result.err, HasSubstr("reports.service"));
}

TEST_F(BadTarget, a_unit_like_no_other_is_answered_with_how_to_list_them) {
  const CommandResult result = faultline({"audit", "qqqqqqqqqqqq.service"});
  EXPECT_EQ(result.exit_code, 64);
  EXPECT_THAT(result.err, HasSubstr("systemctl list-units"));
}

TEST_F(BadTarget, a_masked_unit) {
  install("old.service", light);
  std::filesystem::remove(host().path_of("/etc/systemd/system/old.service"));
  ASSERT_EQ(systemctl({"mask", "old.service"}).exit_code, 0);
  const CommandResult result = faultline({"audit", "old.service"});
  systemctl({"unmask", "old.service"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("masked"), HasSubstr("systemctl unmask old.service")));
}

TEST_F(BadTarget, a_unit_that_does_not_run) {
  install("rewards.service", light);
  const CommandResult result = faultline({"audit", "rewards.service"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("not running"), HasSubstr("systemctl start rewards.service")));
}

TEST_F(BadTarget, a_unit_that_is_active_without_a_process) {
  host().write("/etc/systemd/system/done.service",
               "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\n");
  systemctl({"daemon-reload"});
  ASSERT_EQ(systemctl({"start", "done.service"}).exit_code, 0);
  const CommandResult result = faultline({"audit", "done.service"});
  systemctl({"stop", "done.service"});
  std::filesystem::remove(host().path_of("/etc/systemd/system/done.service"));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("done.service"));
}

TEST_F(BadTarget, a_template_without_an_instance) {
  install("worker@.service", light);
  const CommandResult result = faultline({"audit", "worker@.service"});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("worker@.service"));
}

TEST_F(BadTarget, a_unit_that_is_no_service) {
  const CommandResult result = faultline({"audit", "dbus.socket"});
  EXPECT_EQ(result.exit_code, 64);
  EXPECT_THAT(result.err, HasSubstr("dbus.socket"));
}

TEST_F(BadTarget, a_bus_that_can_not_be_asked) {
  const CommandResult result = host().run({"env", "DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nowhere",
                                           "/opt/faultline/bin/faultline", "audit", "rewards.service"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, AllOf(HasSubstr("systemd can't be asked"), HasSubstr("pid:")));
}

TEST_F(BadTarget, one_bad_target_does_not_hide_the_others) {
  install("rewards.service", light);
  start("rewards.service");
  const CommandResult result =
      faultline({"audit", "rewards.service", "nowhere.service", "--window", "1s", "--format", "json"});
  const json document = json::parse(result.out);
  ASSERT_EQ(document["targets"].size(), 2U);
  EXPECT_EQ(document["targets"][0]["target"], "rewards.service");
  EXPECT_TRUE(document["targets"][1].contains("error"));
  EXPECT_EQ(result.exit_code, 1);
}

TEST_F(BadTarget, a_user_without_privileges_is_told_what_is_not_seen) {
  install("rewards.service", "/opt/lab/refault");
  start("rewards.service");
  const CommandResult result =
      host().run({"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "/opt/faultline/bin/faultline",
                  "audit", "rewards.service", "--window", "2s", "--format", "json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json target = json::parse(result.out)["targets"][0];
  EXPECT_EQ(first_cause(target), "none");
  const json& fact = target["facts"]["profile.fault_path.share"];
  EXPECT_TRUE(fact["value"].is_null());
  EXPECT_NE(fact["reason"], "");
  EXPECT_NE(fact["unlock"], "");
  EXPECT_FALSE(target["undecided"].empty());
}

}  // namespace
}  // namespace faultline::hosts
