// SPDX-License-Identifier: Apache-2.0
// The rung and what it stands on, on processes of the test that share a CPU.
#include <algorithm>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "advisor/host/allowed_cpus.h"
#include "advisor/ladder/support/other_processes.h"
#include "advisor/ladder/support/rung.h"
#include "advisor/ladder/support/thread_preemptions.h"
#include "tests/unit/advisor/support/spinning_child.h"
#include "tests/unit/advisor/support/temporary_tree.h"

namespace faultline {
namespace {

using test::SpinningChild;

double cpu_seconds_of(const host::Root& root, pid_t pid) {
  const auto stat = host::read_stat(root, pid);
  return stat ? stat->cpu_seconds : 0;
}

std::unique_ptr<Rung> scheduling() {
  for (auto& rung : all_rungs()) {
    if (rung->id() == "scheduling") return std::move(rung);
  }
  return nullptr;
}

class TwoOnOneCpu : public testing::Test {
 protected:
  void SetUp() override {
    machine_.emplace(*host::inspect_machine());
    target::Target target;
    target.name = "pid:" + std::to_string(child_.pid());
    target.main_pid = child_.pid();
    watch_.emplace(*target::ProcessWatch::begin(*machine_, target));
    // Pinned: from here on both children run where they are meant to.
    ASSERT_TRUE(test::eventually([&] { return is_pinned(child_.pid()) && is_pinned(neighbour_.pid()); }));
  }
  [[nodiscard]] bool is_pinned(pid_t pid) const {
    const auto cpus = host::read_allowed_cpus(machine_->root, pid);
    return cpus && *cpus == std::set<unsigned>{static_cast<unsigned>(cpu_)};
  }
  /// Both have run for so long since now.
  [[nodiscard]] bool wait_until_both_ran(double seconds) const {
    const double child = cpu_seconds_of(machine_->root, child_.pid());
    const double neighbour = cpu_seconds_of(machine_->root, neighbour_.pid());
    return test::eventually([&] {
      return cpu_seconds_of(machine_->root, child_.pid()) >= child + seconds &&
             cpu_seconds_of(machine_->root, neighbour_.pid()) >= neighbour + seconds;
    });
  }

  int cpu_ = test::first_cpu();
  // Names of this test's own: others of it run beside it.
  std::string number_ = std::to_string(::getpid());
  SpinningChild child_{cpu_, "own" + number_};
  SpinningChild neighbour_{cpu_, "the\n" + number_};
  std::optional<host::Machine> machine_;
  std::optional<target::ProcessWatch> watch_;
};

TEST_F(TwoOnOneCpu, TheNeighbourIsNamedWithWhatItUsed) {
  OtherProcesses others;
  others.look(ProcessTable::read(machine_->root), *watch_);
  ASSERT_TRUE(wait_until_both_ran(0.1));
  others.look(ProcessTable::read(machine_->root), *watch_);
  if (others.too_many()) GTEST_SKIP() << "more processes here than are read one by one";
  ASSERT_TRUE(others.seen());
  const auto all = others.busiest(10000);
  const auto neighbour =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.comm == "the\\x0a" + number_; });
  ASSERT_NE(neighbour, all.end()) << "its name is escaped";
  EXPECT_GE(neighbour->cpu_seconds, 0.09);
  EXPECT_TRUE(std::none_of(all.begin(), all.end(), [&](const auto& one) { return one.comm == "own" + number_; }))
      << "the target is not its own neighbour";
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(),
                             [](const auto& a, const auto& b) { return a.cpu_seconds > b.cpu_seconds; }));
  EXPECT_EQ(others.busiest(1).size(), 1U);
}

TEST_F(TwoOnOneCpu, ThreadsArePreempted) {
  ThreadPreemptions preemptions;
  preemptions.look(machine_->root, *watch_);
  EXPECT_EQ(preemptions.count(), 0U) << "what was before the first look is not counted";
  EXPECT_TRUE(test::eventually([&] {
    preemptions.look(machine_->root, *watch_);
    return preemptions.count() > 0;
  }));
  EXPECT_EQ(preemptions.threads_seen(), 1U);
}

TEST_F(TwoOnOneCpu, ItsOneCpuIsBusyAndMostlyOfOthers) {
  auto feed = host::SampleFeed::open(*machine_);
  const target::Activity activity;
  const Observation seen{*machine_, *watch_, feed, activity, 1.0};
  const auto rung = scheduling();
  rung->open(seen);
  const double began = cpu_seconds_of(machine_->root, child_.pid());
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(wait_until_both_ran(0.3));
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const double own = (cpu_seconds_of(machine_->root, child_.pid()) - began) / seconds;
  rung->close(seen, seconds);
  FactSet facts;
  for (Fact& fact : rung->result(seen).facts) facts.put(std::move(fact));
  EXPECT_EQ(facts.number("sched.allowed_cpus.count"), 1.0);
  // Both are always ready: the CPU is theirs and others' all the time, but for what the hypervisor and faultline take.
  const double stolen = facts.number("sched.steal.share").value_or(0);
  EXPECT_GT(*facts.number("sched.busy.cores") + stolen, 0.6);
  EXPECT_LT(*facts.number("sched.busy.cores"), 1.1);
  EXPECT_GT(*facts.number("sched.busy.cores"), own + 0.1) << "the neighbour's part";
  EXPECT_LT(*facts.number("sched.idle.cores"), 0.3);
  EXPECT_GT(*facts.number("sched.involuntary_switches.per_second"), 0);
  EXPECT_TRUE(facts.find("sched.neighbours.top")->known());
}

/// The rung on a machine of two CPUs, of which a test says how they spent their time.
class CpusOfAMachine : public testing::Test {
 protected:
  void SetUp() override {
    target::Target target;
    target.main_pid = ::getpid();
    watch_.emplace(*target::ProcessWatch::begin(machine_, target));
    tree_.write("/proc/" + std::to_string(::getpid()) + "/status", "Name:\tx\nCpus_allowed_list:\t0-1\n");
    machine_.root = tree_.root();
    machine_.cgroups = {};
  }
  [[nodiscard]] Observation seen() const { return {machine_, *watch_, feed_, activity_, 1.0}; }
  /// Ticks of user and idle time of each CPU that is on line.
  void spend(const std::vector<std::pair<unsigned, unsigned>>& cpus) const {
    std::string text = "cpu  0 0 0 0 0 0 0 0\n";
    for (std::size_t cpu = 0; cpu < cpus.size(); ++cpu) {
      text += "cpu" + std::to_string(cpu) + " " + std::to_string(cpus[cpu].first) + " 0 0 " +
              std::to_string(cpus[cpu].second) + " 0 0 0 0\n";
    }
    tree_.write("/proc/stat", text);
  }
  [[nodiscard]] FactSet facts_of(Rung& rung, double seconds) const {
    rung.close(seen(), seconds);
    FactSet facts;
    for (Fact& fact : rung.result(seen()).facts) facts.put(std::move(fact));
    return facts;
  }

  test::TemporaryTree tree_;
  host::Machine machine_ = *host::inspect_machine();
  std::optional<target::ProcessWatch> watch_;
  host::SampleFeed feed_ = host::SampleFeed::open(machine_);
  target::Activity activity_;
  std::unique_ptr<Rung> rung_ = scheduling();
};

TEST_F(CpusOfAMachine, AreBusyWhileTheyAreNotIdleWhateverTheTicksSay) {
  spend({{0, 0}, {0, 0}});
  rung_->open(seen());
  // By ticks both were busy for hours.
  spend({{1000000, 1000000}, {1000000, 1000000}});
  EXPECT_EQ(facts_of(*rung_, 5).number("sched.busy.cores"), 0.0) << "all of the time was idle";
}

TEST_F(CpusOfAMachine, OfWhichOneWentOffLineAreNotSaidToBeBusy) {
  spend({{0, 0}, {0, 0}});
  rung_->open(seen());
  spend({{0, 0}});
  rung_->slice(seen());
  spend({{0, 10}, {0, 0}});
  const FactSet facts = facts_of(*rung_, 5);
  for (const auto* name : {"sched.busy.cores", "sched.idle.cores", "sched.steal.share"}) {
    ASSERT_NE(facts.find(name), nullptr) << name;
    EXPECT_FALSE(facts.find(name)->known()) << name;
  }
}

}  // namespace
}  // namespace faultline
