// SPDX-License-Identifier: Apache-2.0
// Runs the lab's cases again and again and prints how often each got what its label says.
//   ten_of_ten [--runs N] [--window 5s] [--case NAME] [--keep FOLDER]
// --keep: the snapshots of the runs that went wrong are left there. Exits 1 when any did.
#include <cstdio>
#include <filesystem>

#include "tests/lab/harness/case_run.h"
#include "tests/lab/support/flags.h"

namespace faultline::lab {
namespace {

struct Options {
  int runs = 10;
  std::string window;
  std::string folder;
};

std::string join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
  return text;
}

/// True when every run was as labelled.
bool run_often(const Case& labelled, const Options& options) {
  int right = 0;
  std::string last;
  std::vector<std::string> wrong, aside;
  for (int run = 1; run <= options.runs; ++run) {
    const std::string snapshot =
        options.folder.empty() ? "" : options.folder + "/" + labelled.name + "-" + std::to_string(run) + ".json";
    const CaseResult result = run_case(labelled, options.window, snapshot);
    if (!result.cannot_run.empty()) {
      std::printf("%-36s %-16s skipped: %s\n", labelled.name.c_str(), "", result.cannot_run.c_str());
      return true;
    }
    last = join(result.findings);
    if (!result.set_aside.empty()) aside.push_back("  run " + std::to_string(run) + ": " + join(result.set_aside));
    if (result.wrong.empty()) {
      ++right;
      if (!snapshot.empty()) std::filesystem::remove(snapshot);
    } else {
      wrong.push_back("  run " + std::to_string(run) + ": " + join(result.wrong));
    }
  }
  std::printf("%-36s %-16s %2d of %2d   %s\n", labelled.name.c_str(),
              labelled.cause.empty() ? "healthy" : labelled.cause.c_str(), right, options.runs, last.c_str());
  for (const auto* lines : {&wrong, &aside}) {
    for (const std::string& line : *lines) std::printf("%s\n", line.c_str());
  }
  std::fflush(stdout);
  return right == options.runs;
}

}  // namespace
}  // namespace faultline::lab

int main(int argc, char** argv) {
  using namespace faultline::lab;
  Flags flags(argc, argv);
  const Options options{static_cast<int>(flags.number("runs", 10)), flags.text("window", "5s"), flags.text("keep", "")};
  const std::string only = flags.text("case", "");
  flags.finish();
  if (!options.folder.empty()) std::filesystem::create_directories(options.folder);
  if (!only.empty() && find_case(only) == nullptr) {
    std::fprintf(stderr, "no such case: %s\n", only.c_str());
    return 64;
  }
  bool all_right = true;
  for (const Case& labelled : all_cases()) {
    if (only.empty() || labelled.name == only) all_right = run_often(labelled, options) && all_right;
  }
  return all_right ? 0 : 1;
}
