// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

#include "tests/bench/support/verdict.h"
#include "tests/bench/support/worker.h"

// What is looked at: services of tests/lab, loads of the benches themselves, and programs that others wrote.
namespace faultline::bench {

/// One that runs; ends, and takes its files along, with this object.
class Subject {
 public:
  Subject() = default;
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  virtual ~Subject() = default;
  /// The process to look at.
  [[nodiscard]] virtual pid_t pid() const = 0;
};

/// One that can be started.
struct SubjectName {
  std::string name;
  bool forks = false;  ///< starts processes while it runs, which belong to it
  bool populates =
      false;  ///< has the kernel fill its mappings: faults to /proc/PID/stat, but to no tracepoint or event
  std::string executable = "";  ///< looked up in PATH; empty for what is built with the benches
  std::string package = "";     ///< Debian's, that has it
  std::function<std::unique_ptr<Subject>()> start = {};
};

/// As fast as it can: the more it runs, the more samples there are, and the less is left to chance.
SubjectName lab_subject(const std::string& service, std::vector<std::string> flags = {});
/// On one CPU.
SubjectName worker_subject(const std::string& name, void (*load)(Counter&));
/// stress-ng, redis-server and sysbench: what holds for a service of the lab may do so by design.
std::vector<SubjectName> public_subjects();

/// Those whose name begins with one of the words, and the services of the lab that are named; all for no words.
std::vector<SubjectName> chosen(std::vector<SubjectName> subjects, const std::vector<std::string>& words);

/// `run` for each, and the exit code of their verdicts. One that is not installed is skipped, and said; one that could
/// not be measured is not decided, and the others go on.
int run_subjects(const std::string& bench, const std::vector<SubjectName>& subjects,
                 const std::function<void(const SubjectName&, Verdicts&)>& run);

}  // namespace faultline::bench
