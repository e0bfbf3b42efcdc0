// SPDX-License-Identifier: Apache-2.0
// What faultline learns of a unit from systemd itself, over the system bus.
#include <gmock/gmock.h>

#include "tests/hosts/systemd/support/host_test.h"

namespace faultline::hosts {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class UnitFacts : public HostTest {};

// A light load: these are about names, not about costs.
constexpr const char* light_service = "/opt/lab/refault --rate 5";
constexpr const char* short_window = "1s";

TEST_F(UnitFacts, are_what_systemd_says) {
  install("rewards.service", light_service, "User=nobody\nCPUQuota=150%\n");
  start("rewards.service");
  const json unit = audited("rewards.service", short_window)["unit"];
  EXPECT_EQ(unit["id"], "rewards.service");
  EXPECT_EQ(unit["load_state"], property("rewards.service", "LoadState"));
  EXPECT_EQ(unit["active_state"], "active");
  EXPECT_EQ(unit["fragment_path"], property("rewards.service", "FragmentPath"));
  EXPECT_EQ(std::to_string(unit["main_pid"].get<int>()), property("rewards.service", "MainPID"));
  EXPECT_EQ(unit["control_group"], property("rewards.service", "ControlGroup"));
  EXPECT_EQ(unit["user"], "nobody");
  EXPECT_EQ(unit["cpu_quota_cores"], 1.5);
}

TEST_F(UnitFacts, the_process_is_the_main_process) {
  install("rewards.service", light_service);
  start("rewards.service");
  const json process = audited("rewards.service", short_window)["process"];
  EXPECT_EQ(std::to_string(process["pid"].get<int>()), property("rewards.service", "MainPID"));
  EXPECT_EQ(process["exe"], "/opt/lab/refault");
  EXPECT_EQ(process["comm"], "refault");
  EXPECT_EQ(process["cgroup"], "/system.slice/rewards.service");
  EXPECT_THAT(process["libc"].get<std::string>(), StartsWith("glibc 2."));
  EXPECT_EQ(process["allocator"], "glibc");
}

TEST_F(UnitFacts, drop_ins_are_named_in_the_order_that_systemd_applies_them) {
  install("rewards.service", light_service);
  drop_in("rewards.service", "50-second.conf", "[Service]\nNice=1\n");
  drop_in("rewards.service", "10-first.conf", "[Service]\nNice=2\n");
  start("rewards.service");
  const json paths = audited("rewards.service", short_window)["unit"]["drop_in_paths"];
  const std::string folder = "/etc/systemd/system/rewards.service.d/";
  EXPECT_EQ(paths, (json{folder + "10-first.conf", folder + "50-second.conf"}));
}

TEST_F(UnitFacts, of_the_environment_only_tuning_variables_are_read) {
  install("rewards.service", light_service, "Environment=MALLOC_ARENA_MAX=3 DATABASE_PASSWORD=hunter2\n");
  host().write("/etc/rewards.env", "MALLOC_TOP_PAD_=65536\nAPI_TOKEN=hunter3\n");
  drop_in("rewards.service", "file.conf", "[Service]\nEnvironmentFile=/etc/rewards.env\n");
  start("rewards.service");
  const CommandResult result = faultline({"audit", "rewards.service", "--window", "1s", "--format", "json"});
  const json target = json::parse(result.out)["targets"][0];
  EXPECT_EQ(target["unit"]["environment"], (json{{"MALLOC_ARENA_MAX", "3"}}));
  ASSERT_EQ(target["unit"]["environment_files"].size(), 1U);
  EXPECT_EQ(target["unit"]["environment_files"][0]["path"], "/etc/rewards.env");
  EXPECT_EQ(target["unit"]["environment_files"][0]["sets"], (json{{"MALLOC_TOP_PAD_", "65536"}}));
  EXPECT_EQ(target["process"]["environment"], (json{{"MALLOC_ARENA_MAX", "3"}, {"MALLOC_TOP_PAD_", "65536"}}));
  EXPECT_THAT(result.out + result.err, AllOf(Not(HasSubstr("hunter")), Not(HasSubstr("API_TOKEN"))));
}

TEST_F(UnitFacts, an_alias_leads_to_the_unit_of_that_id) {
  install("rewards.service", light_service);
  std::filesystem::create_symlink("rewards.service", host().path_of("/etc/systemd/system/points.service"));
  systemctl({"daemon-reload"});
  start("rewards.service");
  const json target = audited("points.service", short_window);
  std::filesystem::remove(host().path_of("/etc/systemd/system/points.service"));
  EXPECT_EQ(target["target"], "rewards.service");
  EXPECT_EQ(target["unit"]["id"], "rewards.service");
}

TEST_F(UnitFacts, the_suffix_may_be_left_out) {
  install("rewards.service", light_service);
  start("rewards.service");
  EXPECT_EQ(audited("rewards", short_window)["target"], "rewards.service");
}

TEST_F(UnitFacts, a_name_with_an_escaped_character_is_taken_as_it_is) {
  const std::string name = "pay\\x2dments.service";
  install(name, light_service);
  start(name);
  const json target = audited(name, short_window);
  EXPECT_EQ(target["target"], name);
  EXPECT_EQ(target["unit"]["fragment_path"], "/etc/systemd/system/" + name);
  EXPECT_EQ(std::to_string(target["process"]["pid"].get<int>()), property(name, "MainPID"));
}

TEST_F(UnitFacts, all_processes_of_a_unit_count) {
  install("pool.service", "/bin/sh -c '/opt/lab/compute --rate 5 & exec /opt/lab/compute --rate 5'");
  start("pool.service");
  const json target = audited("pool.service", short_window);
  EXPECT_EQ(target["process"]["processes"], 2);
  EXPECT_EQ(number(target, "process.count"), 2);
}

}  // namespace
}  // namespace faultline::hosts
