// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "tests/lab/harness/audit.h"
#include "tests/lab/harness/cases.h"

namespace faultline::lab {

struct CaseResult {
  std::string cannot_run;              ///< why this machine can't run the case; then nothing else is filled
  std::vector<std::string> wrong;      ///< each thing that is not as labelled; empty: as labelled
  std::vector<std::string> findings;   ///< "cause severity share" of each, dearest first
  std::vector<std::string> set_aside;  ///< findings that others' use of the CPUs explains, and the label doesn't know
  double others_cores = 0;             ///< what others than the test used meanwhile
  Audit audit;
  ServiceReport report;
};

/// Starts the case's service, audits it for a window, and holds what was said against the label.
CaseResult run_case(const Case& labelled, const std::string& window, const std::string& snapshot_path);

}  // namespace faultline::lab
