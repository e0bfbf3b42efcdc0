// SPDX-License-Identifier: Apache-2.0
// fault_agreement [ROUNDS] [SECONDS] [NAME…]: faults of a process against a bpftrace program that counts them at the
// tracepoints of the fault handler, over the same windows.
#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bench/support/fault_reference.h"
#include "tests/bench/support/machine_noise.h"
#include "tests/bench/support/measured.h"
#include "tests/bench/support/side_by_side.h"
#include "tests/bench/support/subjects.h"
#include "tests/bench/support/verdict.h"

namespace faultline::bench {
namespace {

constexpr double most_difference_percent = 2;

std::optional<double> faults(const Measured& ours) {
  const auto minor = ours.fact("faults.minor.count");
  const auto major = ours.fact("faults.major.count");
  return minor && major ? std::optional(*minor + *major) : std::nullopt;
}

void run_subject(const SubjectName& name, int rounds, int seconds, Verdicts& verdicts) {
  const MachineNoise noise;
  const auto subject = name.start();
  const FaultReference reference(subject->pid(), FaultReference::Pages::forget);
  SideBySide line;
  for (int round = 0; round < rounds; ++round) {
    const Measured ours = measure(subject->pid(), seconds);
    const auto said = faults(ours);
    const auto theirs = reference.between(ours.opened, ours.closed());
    if (!said || !theirs) throw std::runtime_error("faults could not be counted");
    line.add_count(*said, theirs->faults);
  }
  fmt::print("\n{} ({})\n", name.name, noise.describe());
  SideBySide::print_header("bpftrace");
  if (name.populates) {
    line.print_only("faults", "pages that a call populates pass no tracepoint");
  } else {
    line.print("faults", most_difference_percent, verdicts);
  }
  std::fflush(stdout);
}

// bpftrace counts one process: not what it forks.
std::vector<SubjectName> usual_subjects() {
  std::vector<SubjectName> subjects{lab_subject("refault"), lab_subject("own_buffers"),
                                    lab_subject("mapped_file", {"--remap"})};
  for (SubjectName& program : public_subjects()) {
    if (!program.forks) subjects.push_back(std::move(program));
  }
  return subjects;
}

}  // namespace
}  // namespace faultline::bench

int main(int argc, char** argv) {
  using namespace faultline::bench;
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 10;
  const int seconds = argc > 2 ? std::atoi(argv[2]) : 5;
  if (rounds < 1 || seconds < 1) {
    fmt::print(stderr, "usage: fault_agreement [ROUNDS] [SECONDS] [NAME of a service of tests/lab or of a program…]\n");
    return 64;
  }
  fmt::print("fault_agreement {} {}: medians of {} windows of {} s; within {} %\n", rounds, seconds, rounds, seconds,
             most_difference_percent);
  const std::vector<std::string> named(argv + std::min(argc, 3), argv + argc);
  return run_subjects(
      "fault_agreement", chosen(usual_subjects(), named),
      [&](const SubjectName& name, Verdicts& verdicts) { run_subject(name, rounds, seconds, verdicts); });
}
