// SPDX-License-Identifier: Apache-2.0
// Where a drop-in would do nothing, none is offered: each refusal is shown on a service whose finding is real.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "tests/hosts/systemd/support/host_test.h"

namespace faultline::hosts {
namespace {

using testing::AnyOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr const char* unit = "rewards.service";
constexpr const char* refault_path = "/opt/lab/refault";

class Refusal : public HostTest {
 protected:
  /// Audits the started unit, expects the finding with keep-heap refused, and returns why.
  std::string why_keep_heap_is_refused() {
    start(unit);
    const json target = audited(unit);
    EXPECT_EQ(first_cause(target), "refault") << target["undecided"].dump(2);
    for (const json& change : target["changes"]) EXPECT_THAT(change["fixes"], Not(Contains("keep-heap")));
    return refusal(target, "keep-heap");
  }
};

TEST_F(Refusal, an_environment_file_would_win) {
  host().write("/etc/rewards.env", "MALLOC_TRIM_THRESHOLD_=131072\n");
  install(unit, refault_path, "EnvironmentFile=/etc/rewards.env\n");
  EXPECT_THAT(why_keep_heap_is_refused(), HasSubstr("/etc/rewards.env"));
}

TEST_F(Refusal, an_environment_file_of_other_variables_does_not_matter) {
  host().write("/etc/rewards.env", "LANG=C\n");
  install(unit, refault_path, "EnvironmentFile=/etc/rewards.env\n");
  start(unit);
  const json target = audited(unit);
  EXPECT_EQ(first_cause(target), "refault");
  EXPECT_EQ(refusal(target, "keep-heap"), "");
}

TEST_F(Refusal, the_unit_unsets_the_variable) {
  install(unit, refault_path, "UnsetEnvironment=MALLOC_TRIM_THRESHOLD_\n");
  EXPECT_THAT(why_keep_heap_is_refused(), HasSubstr("UnsetEnvironment"));
}

TEST_F(Refusal, a_later_drop_in_would_win) {
  install(unit, refault_path);
  drop_in(unit, "zzz-admin.conf", "[Service]\nEnvironment=MALLOC_TRIM_THRESHOLD_=131072\n");
  EXPECT_THAT(why_keep_heap_is_refused(), HasSubstr("zzz-admin.conf"));
}

TEST_F(Refusal, an_earlier_drop_in_does_not_matter) {
  install(unit, refault_path);
  drop_in(unit, "10-admin.conf", "[Service]\nEnvironment=MALLOC_TRIM_THRESHOLD_=131072\n");
  start(unit);
  const json target = audited(unit);
  EXPECT_EQ(refusal(target, "keep-heap"), "");
  ASSERT_EQ(target["changes"].size(), 1U) << target["refusals"].dump(2);
  host().write(target["changes"][0]["path"], target["changes"][0]["after"]);
  systemctl({"daemon-reload"});
  EXPECT_THAT(property(unit, "Environment"), Not(HasSubstr("MALLOC_TRIM_THRESHOLD_=131072")));
}

TEST_F(Refusal, a_program_with_raised_privileges_is_not_listened_to) {
  // AT_SECURE: the effective group is the file's and not the user's (man 3 getauxval).
  const auto program = host().path_of("/usr/../opt/refault-setgid");
  std::filesystem::copy_file(host().path_of(refault_path), program, std::filesystem::copy_options::overwrite_existing);
  ASSERT_EQ(::chown(program.c_str(), 0, 0), 0);
  ASSERT_EQ(::chmod(program.c_str(), 02755), 0);
  install(unit, "/opt/refault-setgid", "User=nobody\n");
  EXPECT_THAT(why_keep_heap_is_refused(), AnyOf(HasSubstr("AT_SECURE"), HasSubstr("setuid")));
}

TEST_F(Refusal, the_program_itself_gives_its_memory_back) {
  install(unit, "/opt/lab/own_buffers");
  EXPECT_NE(why_keep_heap_is_refused(), "");
}

TEST_F(Refusal, a_static_program) {
  install(unit, "/opt/lab/refault_static");
  EXPECT_THAT(why_keep_heap_is_refused(), HasSubstr("static"));
}

TEST_F(Refusal, no_room_below_the_memory_limit_is_no_reason_where_there_is_room) {
  install(unit, refault_path, "MemoryMax=4G\n");
  start(unit);
  const json target = audited(unit);
  EXPECT_EQ(refusal(target, "keep-heap"), "");
}

TEST_F(Refusal, a_drop_in_for_a_transient_unit_comes_with_a_warning) {
  ASSERT_EQ(host().run({"systemd-run", "--unit=once", refault_path}).exit_code, 0);
  const json target = audited("once.service");
  systemctl({"stop", "once.service"});
  EXPECT_EQ(first_cause(target), "refault");
  ASSERT_EQ(target["changes"].size(), 1U) << target["refusals"].dump(2);
  EXPECT_THAT(target["changes"][0]["notes"].dump(), HasSubstr("transient"));
}

}  // namespace
}  // namespace faultline::hosts
