// SPDX-License-Identifier: Apache-2.0
// refault_agreement [ROUNDS] [SECONDS]: the share of refaults against processes that count their own, and against a
// bpftrace program that keeps every page that it saw fault, over the same windows.
#include <cstdlib>
#include <fmt/format.h>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bench/support/fault_reference.h"
#include "tests/bench/support/known_refaults.h"
#include "tests/bench/support/machine_noise.h"
#include "tests/bench/support/measured.h"
#include "tests/bench/support/side_by_side.h"
#include "tests/bench/support/subjects.h"
#include "tests/bench/support/verdict.h"

namespace faultline::bench {
namespace {

constexpr double most_difference_points = 3;
// bpftrace has to have seen each page once before a window can be held against it.
constexpr double seconds_to_see_all_pages = 3;

struct Settings {
  int rounds = 10;
  int seconds = 5;
};

/// The estimate, and what the pages that were watched say.
struct Lines {
  SideBySide refaults;
  SideBySide same_page;

  void add(const Measured& ours, double truth) {
    if (const auto share = ours.fact("faults.refault.share")) refaults.add_share(*share, truth);
    if (const auto share = ours.fact("faults.same_page.share")) same_page.add_share(*share, truth);
  }
  /// `other_memory`: it comes at other addresses, which are no refaults to who looks at pages.
  void print(const std::string& other, bool other_memory, Verdicts& verdicts) const {
    SideBySide::print_header(other);
    if (other_memory) {
      refaults.print_only("refault share", "what was given back is no growth, wherever it comes again");
    } else {
      refaults.print("refault share", most_difference_points, verdicts);
    }
    // Promised to be a lower bound: the first touch of a page in the bursts counts as a first.
    same_page.print_lower_bound("same-page share", most_difference_points, verdicts);
  }
};

/// A process a round: the one that grows must not do so for long.
void run_known(const Mixture& mixture, const Settings& settings, Verdicts& verdicts) {
  const MachineNoise noise;
  Lines lines;
  for (int round = 0; round < settings.rounds; ++round) {
    const KnownRefaults process(mixture);
    const Measured ours = measure(process.pid(), settings.seconds);
    const auto truth = process.share(ours.opened, ours.closed());
    if (!truth) throw std::runtime_error("the process did not run all that time");
    lines.add(ours, *truth);
  }
  fmt::print("\n{} first pages{} to {} again, a hundred times a second ({})\n", mixture.first_pages,
             mixture.keeps ? "" : ", given back for good,", mixture.again_pages, noise.describe());
  lines.print("its count", !mixture.keeps, verdicts);
}

void run_watched(const SubjectName& name, const Settings& settings, Verdicts& verdicts) {
  const MachineNoise noise;
  const auto subject = name.start();
  const FaultReference reference(subject->pid(), FaultReference::Pages::keep);
  const double begun = now_seconds();
  if (!reference.between(begun, begun + seconds_to_see_all_pages)) throw std::runtime_error("bpftrace does not count");
  Lines lines;
  for (int round = 0; round < settings.rounds; ++round) {
    const Measured ours = measure(subject->pid(), settings.seconds);
    const auto theirs = reference.between(ours.opened, ours.closed());
    if (!theirs || theirs->not_present <= 0) throw std::runtime_error("bpftrace saw no fault in a window");
    lines.add(ours, theirs->again / theirs->not_present);
  }
  fmt::print("\n{} ({})\n", name.name, noise.describe());
  lines.print("bpftrace", !name.executable.empty(), verdicts);
}

// From nothing but refaults to nothing but growth.
const std::map<std::string, Mixture> mixtures{
    {"1 known: 0 to 400", {0, 400}},   {"2 known: 40 to 360", {40, 360}}, {"3 known: 200 to 200", {200, 200}},
    {"4 known: 360 to 40", {360, 40}}, {"5 known: 400 to 0", {400, 0}},   {"6 known: 400 given back", {400, 0, false}}};

std::vector<SubjectName> usual_subjects() {
  std::vector<SubjectName> subjects;
  for (const auto& [name, mixture] : mixtures) subjects.push_back({.name = name});
  subjects.push_back(lab_subject("refault"));
  subjects.push_back(lab_subject("own_buffers"));
  // Maps and unmaps: its memory comes again at other addresses.
  for (SubjectName& program : chosen(public_subjects(), {"stress-ng --malloc"})) subjects.push_back(std::move(program));
  return subjects;
}

}  // namespace
}  // namespace faultline::bench

int main(int argc, char** argv) {
  using namespace faultline::bench;
  Settings settings;
  if (argc > 1) settings.rounds = std::atoi(argv[1]);
  if (argc > 2) settings.seconds = std::atoi(argv[2]);
  if (argc > 3 || settings.rounds < 1 || settings.seconds < 1 || settings.seconds > KnownRefaults::most_seconds / 2) {
    fmt::print(stderr, "usage: refault_agreement [ROUNDS] [SECONDS, at most 20]\n");
    return 64;
  }
  fmt::print("refault_agreement {} {}: medians of {} windows of {} s; within {} points\n", settings.rounds,
             settings.seconds, settings.rounds, settings.seconds, most_difference_points);
  return run_subjects("refault_agreement", usual_subjects(), [&](const SubjectName& name, Verdicts& verdicts) {
    if (const auto known = mixtures.find(name.name); known != mixtures.end()) {
      run_known(known->second, settings, verdicts);
    } else {
      run_watched(name, settings, verdicts);
    }
    std::fflush(stdout);
  });
}
