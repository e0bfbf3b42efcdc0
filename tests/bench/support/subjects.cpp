// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/subjects.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fmt/format.h>
#include <set>
#include <sstream>
#include <unistd.h>
#include <utility>

#include "tests/bench/support/service.h"

namespace faultline::bench {
namespace {

template <class Runs>
class Running : public Subject {
 public:
  template <class... Arguments>
  explicit Running(Arguments&&... arguments) : runs_(std::forward<Arguments>(arguments)...) {}
  [[nodiscard]] pid_t pid() const override { return runs_.pid(); }

 private:
  Runs runs_;
};

bool is_installed(const std::string& executable) {
  if (executable.empty()) return true;
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (::access((std::filesystem::path(folder) / executable).c_str(), X_OK) == 0) return true;
  }
  return false;
}

void say_skipped(const std::vector<const SubjectName*>& skipped) {
  if (skipped.empty()) return;
  std::set<std::string> packages;
  for (const SubjectName* subject : skipped) packages.insert(subject->package);
  fmt::print("\n{} skipped: apt-get install --no-install-recommends", skipped.size());
  for (const std::string& package : packages) fmt::print(" {}", package);
  fmt::print("\n");
}

}  // namespace

SubjectName lab_subject(const std::string& service, std::vector<std::string> flags) {
  flags.insert(flags.end(), {"--rate", "0"});
  return {service, false, false, "", "", [=] { return std::make_unique<Running<Service>>(service, flags); }};
}

SubjectName worker_subject(const std::string& name, void (*load)(Counter&)) {
  return {name, false, false, "", "", [=] { return std::make_unique<Running<Worker>>(load, quiet_cpu()); }};
}

std::vector<SubjectName> chosen(std::vector<SubjectName> subjects, const std::vector<std::string>& words) {
  if (words.empty()) return subjects;
  std::vector<SubjectName> taken;
  for (const std::string& word : words) {
    const std::size_t before = taken.size();
    std::copy_if(subjects.begin(), subjects.end(), std::back_inserter(taken),
                 [&](const SubjectName& subject) { return subject.name.starts_with(word); });
    if (taken.size() == before) taken.push_back(lab_subject(word));
  }
  return taken;
}

int run_subjects(const std::string& bench, const std::vector<SubjectName>& subjects,
                 const std::function<void(const SubjectName&, Verdicts&)>& run) {
  Verdicts verdicts;
  std::vector<const SubjectName*> skipped;
  for (const SubjectName& subject : subjects) {
    if (!is_installed(subject.executable)) {
      fmt::print("\n{}: skipped, {} is not installed\n", subject.name, subject.package);
      skipped.push_back(&subject);
      continue;
    }
    try {
      run(subject, verdicts);
    } catch (const std::exception& error) {
      fmt::print(stderr, "{}: {}: {}\n", bench, subject.name, error.what());
      fmt::print("\n{}: {}\n", subject.name, to_string(verdicts.add(Verdict::not_decided)));
    }
  }
  say_skipped(skipped);
  if (skipped.size() == subjects.size()) verdicts.add(Verdict::not_decided);
  return verdicts.exit_code();
}

}  // namespace faultline::bench
