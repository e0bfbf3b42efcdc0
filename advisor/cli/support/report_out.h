// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <set>
#include <string>
#include <vector>

#include "advisor/cli/support/pipeline.h"
#include "advisor/cli/support/verb.h"
#include "advisor/model/result.h"
#include "advisor/model/snapshot.h"

namespace faultline::cli {

struct ReportOptions {
  std::string format = "text";  ///< text or json
  std::string output;           ///< a file; empty = standard output
  std::string fail_on;          ///< info, low, medium, high; empty = findings never fail
  std::string accept_path;
};

struct JudgedSnapshot {
  Snapshot snapshot;
  Judged judged;
};

struct ReportTarget {
  std::string text;  ///< TARGET as typed
  Result<JudgedSnapshot> judged;
};

struct ReportInput {
  const Invocation& invocation;
  Host host;
  bool all = false;
  std::vector<std::string> idle;
  std::vector<ReportTarget> targets;
};

/// Writes the report in its format and says the exit code: error when a target could not be audited, findings when
/// one that is not accepted reaches fail_on, else done. Errors of targets go to standard error too.
Result<int> write_report(const ReportInput& input, const ReportOptions& options, const std::set<std::string>& accepted);

/// Writes the snapshots of what was measured; several targets make one file each, numbered NAME.2.json and so on.
Result<void> save_snapshots(const std::vector<Measured>& measured, const std::string& path);

}  // namespace faultline::cli
