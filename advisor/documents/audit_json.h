// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "advisor/model/change.h"
#include "advisor/model/diagnosis.h"
#include "advisor/model/error.h"
#include "advisor/model/snapshot.h"

namespace faultline::documents {

inline constexpr std::string_view audit_schema = "faultline/audit/v1";

/// One target that was audited: what was seen, what it means, what would change.
struct AuditedTarget {
  Snapshot snapshot;
  Diagnosis diagnosis;
  std::vector<Change> changes;
  std::vector<Refusal> refusals;
};

/// One target that could not be audited.
struct FailedTarget {
  std::string target;
  Error error;
};

struct AuditDocument {
  std::string faultline_version;
  std::vector<std::string> argv;
  int exit_code = 0;
  Host host;
  std::vector<std::variant<AuditedTarget, FailedTarget>> targets;
};

/// The audit as JSON, schema faultline/audit/v1 (schemas/audit.v1.schema.json). Any bytes in any text are allowed.
std::string write_audit(const AuditDocument& audit);

/// The word of an error's kind in documents: "not_found".
std::string_view to_string(ErrorKind kind);

}  // namespace faultline::documents
