// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/harness/case_run.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <unistd.h>

#include "tests/lab/harness/other_load.h"
#include "tests/lab/support/quota_cgroup.h"

namespace faultline::lab {
namespace {

using nlohmann::json;

/// The loader runs a program without a library that it can't preload: then the case is another one.
std::string missing_preload(const Case& labelled, pid_t pid) {
  const auto preload = labelled.command.environment.find("LD_PRELOAD");
  if (preload == labelled.command.environment.end()) return {};
  std::ifstream maps("/proc/" + std::to_string(pid) + "/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.ends_with("/" + preload->second)) return {};
  }
  return "needs " + preload->second + ", Debian's package libjemalloc2";
}

std::string describe(const json& finding) {
  char share[32];
  std::snprintf(share, sizeof share, "%.3f", finding["cost_share"].get<double>());
  return finding["cause"].get<std::string>() + " " + finding["severity"].get<std::string>() + " " + share;
}

const json* proposal_of(const json& finding, const std::string& fix) {
  for (const json& proposal : finding["fixes"]) {
    if (proposal["fix"] == fix) return &proposal;
  }
  return nullptr;
}

bool is_in_a_change(const json& target, const std::string& fix) {
  return std::any_of(target["changes"].begin(), target["changes"].end(), [&](const json& change) {
    return std::find(change["fixes"].begin(), change["fixes"].end(), fix) != change["fixes"].end();
  });
}

void check_fixes(const Case& labelled, const json& finding, const json& target, std::vector<std::string>& wrong) {
  for (const std::string& fix : labelled.offered) {
    const json* const proposal = proposal_of(finding, fix);
    if (proposal == nullptr || !(*proposal)["refused"].is_null() || !is_in_a_change(target, fix)) {
      wrong.push_back(fix + " is not offered: " + (proposal == nullptr ? "not named" : proposal->dump()) +
                      target["refusals"].dump());
    }
  }
  for (const std::string& fix : labelled.refused) {
    const json* const proposal = proposal_of(finding, fix);
    const bool has_reason = proposal != nullptr && (*proposal)["refused"].is_string() && (*proposal)["refused"] != "";
    if (!has_reason || is_in_a_change(target, fix)) {
      wrong.push_back(fix + " is not refused: " + (proposal == nullptr ? "not named" : proposal->dump()));
    }
  }
}

void check_advice(const Case& labelled, const json& target, std::vector<std::string>& wrong) {
  for (const std::string& fix : labelled.advised) {
    const bool is_there = std::any_of(target["findings"].begin(), target["findings"].end(), [&](const json& finding) {
      const json* const proposal = finding["cause"] == labelled.cause ? proposal_of(finding, fix) : nullptr;
      return proposal != nullptr && (*proposal)["advice"].is_string();
    });
    if (!is_there) wrong.push_back(fix + " is not advised");
  }
}

bool may_also_be(const Case& labelled, const std::string& cause) {
  return std::find(labelled.also.begin(), labelled.also.end(), cause) != labelled.also.end();
}

/// What a service has of others' load, whoever runs it: it queues for a CPU, and who is put off a CPU with mmap_lock in
/// hand makes others wait.
bool comes_with_load(const std::string& cause) { return cause == "run-queue-wait" || cause == "mmap-lock"; }

/// A finding of another cause than the label's. One that is true of any service on a machine that others use is no
/// mistake by itself.
void check_other(const Case& labelled, const json& finding, double others_cores, CaseResult& result) {
  if (may_also_be(labelled, finding["cause"])) return;
  if (!comes_with_load(finding["cause"]) || !OtherLoad::disturbs(others_cores)) {
    result.wrong.push_back("unlabelled finding: " + describe(finding));
    return;
  }
  char cores[64];
  std::snprintf(cores, sizeof cores, ", others used %.1f cores", others_cores);
  result.set_aside.push_back("set aside: " + describe(finding) + cores);
}

void check(const Case& labelled, double others_cores, CaseResult& result) {
  if (!result.audit.error.empty()) {
    result.wrong.push_back("no audit: " + result.audit.error);
    return;
  }
  const json& target = result.audit.target;
  const json* labelled_finding = nullptr;
  for (const json& finding : target["findings"]) {
    result.findings.push_back(describe(finding));
    if (finding["cause"] != labelled.cause) {
      check_other(labelled, finding, others_cores, result);
    } else if (labelled_finding == nullptr) {
      labelled_finding = &finding;
    }
  }
  if (labelled.cause.empty()) return;
  if (labelled_finding == nullptr) {
    result.wrong.push_back("no finding of " + labelled.cause + ": undecided " + target["undecided"].dump());
    return;
  }
  check_fixes(labelled, *labelled_finding, target, result.wrong);
  check_advice(labelled, target, result.wrong);
}

}  // namespace

CaseResult run_case(const Case& labelled, const std::string& window, const std::string& snapshot_path) {
  CaseResult result;
  if (::geteuid() != 0) {
    result.cannot_run = "needs root: for a CPU quota, and for kernel stacks where perf is restricted";
    return result;
  }
  std::string why;
  std::vector<ServiceProcess> neighbours;
  for (unsigned i = 0; i < labelled.neighbours; ++i) {
    auto neighbour = ServiceProcess::start({"compute", {}, {}}, why);
    if (neighbour) neighbours.push_back(std::move(*neighbour));
  }
  auto service = ServiceProcess::start(labelled.command, why);
  if (!service) {
    if (why.find(no_quota_here) != std::string::npos) {
      result.cannot_run = why;
    } else {
      result.wrong.push_back(why);
    }
    return result;
  }
  result.cannot_run = missing_preload(labelled, service->pid());
  if (!result.cannot_run.empty()) return result;
  const OtherLoad others;
  result.audit = audit_process(service->pid(), window, snapshot_path);
  result.others_cores = others.cores();
  result.report = service->stop();
  check(labelled, result.others_cores, result);
  if (result.report.empty())
    result.wrong.push_back("the service did not end with its report: it did not run throughout");
  return result;
}

}  // namespace faultline::lab
