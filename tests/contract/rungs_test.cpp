// SPDX-License-Identifier: Apache-2.0
// Every rung of the registry keeps the contract of advisor/ladder/support/rung.h, the moment its file exists.
#include <gtest/gtest.h>
#include <set>
#include <signal.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include "advisor/facts/catalogue.h"
#include "advisor/host/machine.h"
#include "advisor/ladder/support/rung.h"
#include "advisor/measure/derived_facts.h"
#include "advisor/target/process_watch.h"

namespace faultline {
namespace {

/// A child of the test that burns CPU until it is ended.
class BusyChild {
 public:
  BusyChild() : pid_(::fork()) {
    if (pid_ != 0) return;
    const volatile bool forever = true;
    while (forever) continue;
  }
  ~BusyChild() { end(); }
  BusyChild(const BusyChild&) = delete;
  BusyChild& operator=(const BusyChild&) = delete;
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

target::Target target_of(pid_t pid) {
  target::Target target;
  target.kind = target::Kind::pid;
  target.name = "pid:" + std::to_string(pid);
  target.main_pid = pid;
  return target;
}

/// What the catalogue says of a rung, without the facts that follow from those of several rungs.
std::set<std::string> names_of_rung(std::string_view rung) {
  FactSet derived;
  measure::add_derived_facts(Host{}, derived);
  std::set<std::string> names;
  for (const auto& spec : facts::catalogue()) {
    if (spec.rung == rung && derived.find(spec.name) == nullptr) names.insert(std::string(spec.name));
  }
  return names;
}

void expect_well_formed(const Fact& fact, std::string_view rung) {
  const auto* spec = facts::find(fact.name);
  ASSERT_NE(spec, nullptr) << fact.name << " is not in the catalogue";
  EXPECT_EQ(spec->rung, rung) << fact.name;
  EXPECT_EQ(fact.known(), fact.quality != Quality::unknown) << fact.name;
  if (!fact.known()) {
    EXPECT_FALSE(fact.reason.empty()) << fact.name << " is unknown without a reason";
    return;
  }
  EXPECT_FALSE(fact.source.empty()) << fact.name;
  const bool kind_agrees = spec->kind == facts::Kind::number ? fact.number().has_value()
                           : spec->kind == facts::Kind::flag ? fact.flag().has_value()
                                                             : fact.text().has_value();
  EXPECT_TRUE(kind_agrees) << fact.name;
  if (spec->unit == "share") {
    EXPECT_GE(*fact.number(), 0) << fact.name;
    EXPECT_LE(*fact.number(), 1) << fact.name;
  }
}

class RungContract : public testing::TestWithParam<std::string> {
 protected:
  static std::unique_ptr<Rung> rung() {
    for (auto& one : all_rungs()) {
      if (one->id() == GetParam()) return std::move(one);
    }
    return nullptr;
  }
};

TEST_P(RungContract, SaysEveryFactOfItsOwnAndNoOther) {
  const auto machine = host::inspect_machine();
  ASSERT_TRUE(machine);
  const BusyChild child;
  auto watch = target::ProcessWatch::begin(*machine, target_of(child.pid()));
  ASSERT_TRUE(watch);
  const auto tested = rung();
  auto feed = host::SampleFeed::open(*machine);
  target::Activity activity;
  const Observation seen{*machine, *watch, feed, activity, 0.2};
  tested->open(seen);
  feed.follow(machine->root, child.pid());
  feed.start();
  ::usleep(200000);
  activity.take(feed.take(), *watch);
  tested->drain(seen);
  watch->refresh();
  tested->slice(seen);
  tested->close(seen, 0.2);
  std::set<std::string> names;
  for (const Fact& fact : tested->result(seen).facts) {
    EXPECT_TRUE(names.insert(fact.name).second) << fact.name << " is said twice";
    expect_well_formed(fact, tested->id());
  }
  EXPECT_EQ(names, names_of_rung(tested->id()));
}

TEST_P(RungContract, OutlivesATargetThatEndsInTheWindow) {
  const auto machine = host::inspect_machine();
  ASSERT_TRUE(machine);
  BusyChild child;
  auto watch = target::ProcessWatch::begin(*machine, target_of(child.pid()));
  ASSERT_TRUE(watch);
  const auto tested = rung();
  auto feed = host::SampleFeed::open(*machine);
  target::Activity activity;
  const Observation seen{*machine, *watch, feed, activity, 0.1};
  tested->open(seen);
  feed.follow(machine->root, child.pid());
  feed.start();
  ::usleep(50000);
  child.end();
  watch->refresh();
  EXPECT_TRUE(watch->ended());
  feed.stop();
  activity.take(feed.take(), *watch);
  tested->drain(seen);
  tested->slice(seen);
  tested->close(seen, 0.05);
  for (const Fact& fact : tested->result(seen).facts) expect_well_formed(fact, tested->id());
}

TEST_P(RungContract, SaysWhatItNeedsAndWhatIsLostWithout) {
  const auto machine = host::inspect_machine();
  ASSERT_TRUE(machine);
  const auto needs = rung()->needs(*machine);
  EXPECT_FALSE(needs.empty());
  for (const Need& need : needs) {
    EXPECT_FALSE(need.what.empty());
    EXPECT_FALSE(need.without.empty()) << need.what;
  }
}

std::vector<std::string> ids() {
  std::vector<std::string> all;
  for (const auto& one : all_rungs()) all.emplace_back(one->id());
  return all;
}

INSTANTIATE_TEST_SUITE_P(Ladder, RungContract, testing::ValuesIn(ids()), [](const auto& info) { return info.param; });

TEST(Ladder, HasEachPlaceAndEachIdOnce) {
  std::set<int> places;
  std::set<std::string_view> names;
  const auto rungs = all_rungs();
  for (const auto& one : rungs) {
    EXPECT_TRUE(places.insert(one->order()).second) << one->id();
    EXPECT_TRUE(names.insert(one->id()).second) << one->id();
  }
}

}  // namespace
}  // namespace faultline
