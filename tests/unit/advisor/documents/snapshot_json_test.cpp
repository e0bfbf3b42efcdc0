// SPDX-License-Identifier: Apache-2.0
#include "advisor/documents/snapshot_json.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "advisor/facts/catalogue.h"
#include "tests/unit/advisor/documents/samples.h"

namespace faultline::documents {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

Error error_of(const std::string& text) {
  const auto result = read_snapshot(text, "s.json");
  EXPECT_FALSE(result) << text.substr(0, 200);
  return result ? Error{} : result.error();
}

json full() { return json::parse(write_snapshot(full_snapshot())); }

/// The error after one change to a good document.
Error error_with(const std::string& pointer, const json& value) {
  json document = full();
  document[json::json_pointer(pointer)] = value;
  return error_of(document.dump());
}

TEST(SnapshotJson, ComesBackExactlyAsItWasWritten) {
  const Snapshot before = full_snapshot();
  const std::string text = write_snapshot(before);
  const auto after = read_snapshot(text, "s.json");
  ASSERT_TRUE(after) << after.error().why << " " << after.error().where;
  EXPECT_EQ(write_snapshot(*after), text);
  EXPECT_EQ(after->target, before.target);
  EXPECT_EQ(after->host.ns_per_fault, before.host.ns_per_fault);
  EXPECT_EQ(after->process.start_ticks, before.process.start_ticks);
  EXPECT_EQ(after->process.environment, before.process.environment);
  EXPECT_EQ(after->process.secure, std::optional(false));
  EXPECT_EQ(after->unit->environment_files[0].optional, true);
  EXPECT_EQ(after->unit->own_drop_in, before.unit->own_drop_in);
  EXPECT_EQ(after->window.observer_cost.target_share, before.window.observer_cost.target_share);
  EXPECT_EQ(after->stacks[0].samples, before.stacks[0].samples);
  for (const auto& [name, fact] : before.facts.all()) {
    const Fact* read = after->facts.find(name);
    ASSERT_NE(read, nullptr) << name;
    EXPECT_EQ(read->value, fact.value) << name;
    EXPECT_EQ(read->quality, fact.quality) << name;
    EXPECT_EQ(read->slices, fact.slices) << name;
    EXPECT_EQ(read->trend, fact.trend) << name;
    EXPECT_EQ(read->source + read->reason + read->unlock, fact.source + fact.reason + fact.unlock) << name;
  }
  EXPECT_TRUE(std::signbit(*after->facts.find("faults.minor.per_second")->slices.back()));
}

TEST(SnapshotJson, AnEmptySnapshotComesBackEmpty) {
  const auto after = read_snapshot(write_snapshot({}), "s.json");
  ASSERT_TRUE(after);
  EXPECT_FALSE(after->unit);
  EXPECT_FALSE(after->host.ns_per_fault);
  EXPECT_TRUE(after->facts.all().empty());
}

TEST(SnapshotJson, ANumberThatIsNotFiniteBecomesAnUnknownFact) {
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    Snapshot snapshot;
    Fact fact = Fact::measured("cpu.busy.cores", bad, "perf");
    fact.slices = {1.0, bad};
    snapshot.facts.put(fact);
    snapshot.window.seconds = bad;
    snapshot.host.ns_per_fault = bad;
    const std::string text = write_snapshot(snapshot);
    const auto after = read_snapshot(text, "s.json");
    ASSERT_TRUE(after) << after.error().where << after.error().why;
    const Fact* read = after->facts.find("cpu.busy.cores");
    EXPECT_FALSE(read->known());
    EXPECT_EQ(read->quality, Quality::unknown);
    EXPECT_FALSE(read->reason.empty());
    EXPECT_EQ(read->slices, (std::vector<std::optional<double>>{1.0, std::nullopt}));
    EXPECT_FALSE(after->host.ns_per_fault);
  }
}

TEST(SnapshotJson, BytesThatAreNotUtf8NeitherThrowNorMakeADocumentThatCannotBeRead) {
  Snapshot snapshot;
  snapshot.process.comm = "a\xff\xfe\x80z\xc0\xaf";
  snapshot.process.environment = {{"A\xff", "1"}, {"A\xfe", "2"}};
  snapshot.facts.put(Fact::measured("throttling.limiting_cgroup", std::string("/a\xed\xa0\x80"), "\xf5"));
  snapshot.stacks = {{"main;\xff", 1}};
  const auto after = read_snapshot(write_snapshot(snapshot), "s.json");
  ASSERT_TRUE(after) << after.error().where << after.error().why;
  EXPECT_EQ(after->process.comm, "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(after->process.environment.size(), 1U);
}

TEST(SnapshotJson, IsValidUtf8AndAsciiControlsAreEscaped) {
  Snapshot snapshot;
  snapshot.process.comm = std::string("\x1b[31m\0\n", 7);
  const std::string text = write_snapshot(snapshot);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(read_snapshot(text, "s")->process.comm, snapshot.process.comm);
}

TEST(SnapshotJson, UnknownMembersAndFactsAreIgnoredAndAbsentOnesAreUnknown) {
  const auto snapshot = read_snapshot(R"({"schema": "faultline/snapshot/v1", "new": [1], "host": {"cpus": 4, "x": {}},
      "facts": {"made.in.the.future": {"value": [1, 2]}, "host.cpus": {"value": 4, "quality": "measured", "z": 1}}})",
                                      "s.json");
  ASSERT_TRUE(snapshot) << snapshot.error().why;
  EXPECT_EQ(snapshot->host.cpus, 4U);
  EXPECT_EQ(snapshot->facts.all().size(), 1U);
  EXPECT_EQ(snapshot->facts.number("host.cpus"), 4.0);
  EXPECT_EQ(snapshot->facts.number("cpu.busy.cores"), std::nullopt);
  EXPECT_FALSE(snapshot->process.arenas);
}

TEST(SnapshotJson, AnotherVersionIsRefusedWithBothNames) {
  const Error error = error_with("/schema", "faultline/snapshot/v2");
  EXPECT_THAT(error.why, HasSubstr("faultline/snapshot/v2"));
  EXPECT_THAT(error.why, HasSubstr("faultline/snapshot/v1"));
  EXPECT_THAT(error_with("/schema", "faultline/audit/v1").hint, HasSubstr("--save-snapshot"));
  EXPECT_THAT(error_with("/schema", 1).why, HasSubstr("schema"));
  EXPECT_THAT(error_of("[]").why, HasSubstr("JSON object"));
}

TEST(SnapshotJson, AWrongTypeIsNamedByItsPath) {
  EXPECT_THAT(error_with("/host/cpus", "four").where, HasSubstr("s.json: $.host.cpus"));
  EXPECT_THAT(error_with("/host/cpus", -1).where, HasSubstr("$.host.cpus"));
  EXPECT_THAT(error_with("/host/cpus", 4294967296).where, HasSubstr("$.host.cpus"));
  EXPECT_THAT(error_with("/process/pid", 1e10).where, HasSubstr("$.process.pid"));
  EXPECT_THAT(error_with("/process/pid", 1.5).where, HasSubstr("$.process.pid"));
  EXPECT_THAT(error_with("/process/environment/LD_PRELOAD", 1).where, HasSubstr("$.process.environment.LD_PRELOAD"));
  EXPECT_THAT(error_with("/unit/drop_in_paths/1", nullptr).where, HasSubstr("$.unit.drop_in_paths[1]"));
  EXPECT_THAT(error_with("/unit/environment_files/0", 1).where, HasSubstr("$.unit.environment_files[0]"));
  EXPECT_THAT(error_with("/window", json::array()).where, HasSubstr("$.window"));
  EXPECT_THAT(error_with("/stacks/0/samples", -1).where, HasSubstr("$.stacks[0].samples"));
  EXPECT_THAT(error_with("/facts", 1).where, HasSubstr("$.facts"));
  EXPECT_THAT(error_with("/facts/faults.minor.per_second/slices/0", "x").where,
              HasSubstr(R"($.facts["faults.minor.per_second"].slices[0])"));
  EXPECT_THAT(error_with("/facts/faults.minor.per_second/trend", "up").where, HasSubstr(".trend"));
}

TEST(SnapshotJson, AFactMustBeOfTheKindThatTheCatalogueSays) {
  EXPECT_THAT(error_with("/facts/faults.minor.per_second/value", "many").why, HasSubstr("a number is expected"));
  EXPECT_THAT(error_with("/facts/faults.minor.per_second/value", true).why, HasSubstr("a number is expected"));
  EXPECT_THAT(error_with("/facts/process.secure/value", 0).why, HasSubstr("true or false"));
  EXPECT_THAT(error_with("/facts/runtime.libc/value", 2.36).why, HasSubstr("a text is expected"));
}

TEST(SnapshotJson, AValueWithoutQualityAndAQualityWithoutValueAreRefused) {
  EXPECT_THAT(error_with("/facts/faults.minor.per_second/quality", "unknown").where, HasSubstr("quality"));
  EXPECT_THAT(error_with("/facts/faults.minor.per_second/value", nullptr).where, HasSubstr("quality"));
  EXPECT_THAT(error_with("/facts/faults.minor.per_second/quality", "guessed").why, HasSubstr("guessed"));
}

TEST(SnapshotJson, EveryTruncationIsAnErrorAndNoneCrashes) {
  const std::string text = write_snapshot(full_snapshot());
  for (std::size_t length = 0; length + 1 < text.size(); ++length) {
    ASSERT_FALSE(read_snapshot(std::string_view(text).substr(0, length), "cut.json")) << length;
  }
}

TEST(SnapshotJson, EveryMemberOfAWrongTypeIsAnErrorOrIgnoredAndNoneCrashes) {
  const json flat = full().flatten();
  for (const auto& [pointer, value] : flat.items()) {
    for (const json& bad :
         {json(nullptr), json(true), json(-1), json(1e300), json("x"), json::array(), json::object()}) {
      json changed = flat;
      changed[pointer] = bad;
      json document;
      try {
        document = changed.unflatten();
      } catch (const json::exception&) {
        document = full();
        document[json::json_pointer(pointer)] = bad;
      }
      const auto result = read_snapshot(document.dump(), "s.json");
      EXPECT_TRUE(result || !result.error().why.empty()) << pointer;
    }
  }
}

}  // namespace
}  // namespace faultline::documents
