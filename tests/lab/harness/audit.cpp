// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/harness/audit.h"

#include <cstdlib>
#include <fstream>
#include <unistd.h>

#include "tests/contract/support/run.h"

namespace faultline::lab {
namespace {

class ReportFile {
 public:
  ReportFile() {
    const int fd = ::mkstemp(path_.data());
    if (fd >= 0) ::close(fd);
  }
  ~ReportFile() { ::unlink(path_.c_str()); }
  ReportFile(const ReportFile&) = delete;
  ReportFile& operator=(const ReportFile&) = delete;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/faultline_lab_audit_XXXXXX";
};

}  // namespace

Audit audit_process(pid_t pid, const std::string& window, const std::string& snapshot_path) {
  const ReportFile report;
  std::vector<std::string> arguments{
      "audit", "pid:" + std::to_string(pid), "--window", window, "--format", "json", "-o", report.path()};
  if (!snapshot_path.empty()) arguments.insert(arguments.end(), {"--save-snapshot", snapshot_path});
  const test::Outcome outcome = test::run_faultline(arguments);
  Audit audit;
  if (outcome.exit_code != 0) {
    audit.error = "exit code " + std::to_string(outcome.exit_code) + ": " + outcome.err;
    return audit;
  }
  std::ifstream file(report.path());
  const auto document = nlohmann::json::parse(file, nullptr, false);
  if (document.is_discarded() || !document.contains("targets") || document["targets"].size() != 1) {
    audit.error = "no audit document with one target";
    return audit;
  }
  audit.target = document["targets"][0];
  if (audit.target.contains("error")) audit.error = audit.target["error"].dump();
  return audit;
}

std::optional<double> fact(const Audit& audit, const std::string& name) {
  if (!audit.target.contains("facts") || !audit.target["facts"].contains(name)) return std::nullopt;
  const auto& value = audit.target["facts"][name]["value"];
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

}  // namespace faultline::lab
