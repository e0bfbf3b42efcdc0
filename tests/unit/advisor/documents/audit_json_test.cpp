// SPDX-License-Identifier: Apache-2.0
#include "advisor/documents/audit_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/unit/advisor/documents/samples.h"

namespace faultline::documents {
namespace {

using nlohmann::json;

json written() { return json::parse(write_audit(full_audit())); }

TEST(AuditJson, HasTheNamesAndTheNestingThatScriptsRelyOn) {
  const json audit = written();
  EXPECT_EQ(audit["schema"], "faultline/audit/v1");
  EXPECT_EQ(audit["argv"][1], "audit");
  EXPECT_EQ(audit["exit_code"], 2);
  EXPECT_EQ(audit["host"]["cpus"], 64);
  EXPECT_EQ(audit["host"]["ns_per_fault"], 1412.25);
  const json& target = audit["targets"][0];
  EXPECT_EQ(target["target"], "worker@3.service");
  EXPECT_EQ(target["process"]["start_time"], "boot + 9876543.21 s");
  EXPECT_EQ(target["process"]["arenas"], 9);
  EXPECT_EQ(target["window"]["observer_cost"]["target_share"], 0.0011);
  EXPECT_EQ(target["window"]["start"], "2026-11-24T02:00:00Z");
  const json& fact = target["facts"]["faults.minor.per_second"];
  EXPECT_EQ(fact["unit"], "1/s");
  EXPECT_EQ(fact["quality"], "measured");
  EXPECT_EQ(fact["source"], "perf:page-faults-min");
  EXPECT_EQ(fact["slices"].size(), 6U);
  EXPECT_EQ(fact["trend"], "rising");
  EXPECT_EQ(target["bill"]["share_of_time"]["refault"], 0.7);
  EXPECT_EQ(target["bill"]["per_allocation_ns"]["refault"], 1480.0);
  EXPECT_EQ(target["ladder"][0], json::parse(R"({"rung": "counters", "verdict": "hot", "summary": "1.04 M/s"})"));
  const json& finding = target["findings"][0];
  for (const auto* name : {"id", "rule", "cause", "severity", "confidence", "evidence", "moves", "fixes"}) {
    EXPECT_TRUE(finding.contains(name)) << name;
  }
  EXPECT_EQ(finding["severity"], "high");
  EXPECT_EQ(finding["evidence"][0]["limit"], ">= 0.5");
  EXPECT_EQ(finding["moves"]["price"], "412 MiB");
  EXPECT_EQ(finding["fixes"][0]["settings"]["environment"]["MALLOC_TRIM_THRESHOLD_"], "1073741824");
  EXPECT_EQ(finding["fixes"][0]["settings"]["cpu_quota_cores"], 2.5);
  EXPECT_EQ(finding["fixes"][0]["expected"]["faults.refault.time_share"], "falls by 90 %");
  EXPECT_TRUE(finding["fixes"][0]["refused"].is_null());
  EXPECT_EQ(finding["fixes"][1]["refused"], "jemalloc is loaded");
  EXPECT_EQ(target["undecided"][0]["missing"][0], "cpu.time.seconds");
  const json& change = target["changes"][0];
  EXPECT_EQ(change["fix"], "keep-heap");
  EXPECT_TRUE(change["before"].is_null());
  EXPECT_EQ(change["needs"], json::parse(R"(["daemon-reload", "restart"])"));
}

TEST(AuditJson, UnknownIsNullAndNeverZero) {
  const json target = written()["targets"][0];
  EXPECT_TRUE(target["facts"]["profile.samples.count"]["value"].is_null());
  EXPECT_EQ(target["facts"]["profile.samples.count"]["unlock"], "CAP_SYS_ADMIN");
  EXPECT_TRUE(target["bill"]["share_of_time"]["tlb"].is_null());
  EXPECT_FALSE(target["bill"]["per_allocation_ns"].contains("tlb"));
  EXPECT_EQ(target["bill"]["reasons"]["tlb"], "not measured");
}

TEST(AuditJson, ATargetThatFailedSaysWhatWhereWhyAndWhatToDo) {
  EXPECT_EQ(written()["targets"][1], json::parse(R"({"target": "gone.service", "error": {"kind": "not_found",
      "what": "no unit", "where": "gone.service", "why": "why", "hint": "h"}})"));
}

TEST(AuditJson, AnyBytesInAnyTextMakeAValidDocument) {
  AuditDocument audit = full_audit();
  const std::string bad = "\xff\x80\x1b[0m\xc3";
  audit.argv = {bad};
  auto& target = std::get<AuditedTarget>(audit.targets[0]);
  target.snapshot.target = target.snapshot.process.exe = bad;
  target.diagnosis.findings[0].title = target.diagnosis.findings[0].confidence = bad;
  target.diagnosis.findings[0].evidence[1].value = bad;
  target.diagnosis.ladder[0].summary = bad;
  target.diagnosis.bill.lines[0].payee = bad;
  target.changes[0].diff = target.changes[0].before.emplace(bad);
  std::get<FailedTarget>(audit.targets[1]).error.why = bad;
  const std::string text = write_audit(audit);
  EXPECT_TRUE(json::accept(text));
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace faultline::documents
