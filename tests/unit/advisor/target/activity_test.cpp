// SPDX-License-Identifier: Apache-2.0
#include "advisor/target/activity.h"

#include <gtest/gtest.h>

#include "tests/unit/advisor/support/working_child.h"

namespace faultline::target {
namespace {

using test::spin;
using test::WorkingChild;

host::Batch batch_of(std::vector<host::Record> records) {
  host::Batch batch;
  batch.records = std::move(records);
  return batch;
}

host::Sample sample_of(pid_t pid) {
  host::Sample sample;
  sample.pid = pid;
  sample.tid = pid;
  return sample;
}

host::Birth birth(pid_t pid, pid_t parent) { return {0, pid, pid, parent, parent}; }

class ActivityOfAProcess : public testing::Test {
 protected:
  void SetUp() override {
    machine_.emplace(*host::inspect_machine());
    Target target;
    target.name = "pid:" + std::to_string(child_.pid());
    target.main_pid = child_.pid();
    watch_.emplace(*ProcessWatch::begin(*machine_, target));
  }
  WorkingChild child_{spin};
  pid_t pid_ = child_.pid();
  std::optional<host::Machine> machine_;
  std::optional<ProcessWatch> watch_;
  Activity activity_;
};

TEST_F(ActivityOfAProcess, TakesItsSamplesAndNoOthers) {
  activity_.take(batch_of({sample_of(pid_), sample_of(1), sample_of(pid_)}), *watch_);
  EXPECT_EQ(activity_.samples().size(), 2U);
  activity_.take(batch_of({sample_of(1)}), *watch_);
  EXPECT_TRUE(activity_.samples().empty());
}

TEST_F(ActivityOfAProcess, FollowsChildrenAndTheirChildrenFromBirthOn) {
  activity_.take(batch_of({sample_of(900001), birth(900001, pid_), sample_of(900001), birth(900002, 900001),
                           sample_of(900002), birth(900003, 1), sample_of(900003)}),
                 *watch_);
  EXPECT_EQ(activity_.births_so_far(), 2U);
  EXPECT_EQ(activity_.births().size(), 2U);
  EXPECT_EQ(activity_.samples().size(), 2U);
}

TEST_F(ActivityOfAProcess, ANumberThatIsUsedAgainIsNotItsChild) {
  activity_.take(batch_of({birth(900001, pid_), host::Death{0, 900001, 900001}, birth(900001, 1), sample_of(900001)}),
                 *watch_);
  EXPECT_TRUE(activity_.samples().empty());
  EXPECT_EQ(activity_.births_so_far(), 1U);
}

TEST_F(ActivityOfAProcess, ThreadsAreNoProcesses) {
  activity_.take(batch_of({host::Birth{0, pid_, 900001, pid_, pid_}, host::Death{0, pid_, 900001}, sample_of(pid_)}),
                 *watch_);
  EXPECT_EQ(activity_.births_so_far(), 0U);
  EXPECT_EQ(activity_.thread_births_so_far(), 1U);
  EXPECT_EQ(activity_.samples().size(), 1U);
}

TEST_F(ActivityOfAProcess, TakesItsExecsAndNoOthers) {
  activity_.take(batch_of({host::Exec{1, pid_}, host::Exec{2, 1}, birth(900001, pid_), host::Exec{3, 900001}}),
                 *watch_);
  ASSERT_EQ(activity_.execs().size(), 2U);
  EXPECT_EQ(activity_.execs()[0].pid, pid_);
  EXPECT_EQ(activity_.execs()[1].pid, 900001);
  activity_.take({}, *watch_);
  EXPECT_TRUE(activity_.execs().empty());
}

TEST_F(ActivityOfAProcess, CountsWhatWasLost) {
  host::Batch batch;
  batch.lost = 3;
  activity_.take(batch, *watch_);
  activity_.take(batch, *watch_);
  EXPECT_EQ(activity_.lost_so_far(), 6U);
}

}  // namespace
}  // namespace faultline::target
