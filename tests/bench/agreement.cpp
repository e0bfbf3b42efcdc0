// SPDX-License-Identifier: Apache-2.0
// agreement [ROUNDS] [SECONDS] [NAME…]: faultline's counts and its fault-path share against `perf stat -p` and
// `perf record -F 99 -g -p`, over the same windows of the same services of the lab and programs that others wrote.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <fmt/format.h>
#include <map>
#include <string>
#include <vector>

#include "tests/bench/support/machine_noise.h"
#include "tests/bench/support/measured.h"
#include "tests/bench/support/perf_record.h"
#include "tests/bench/support/perf_stat.h"
#include "tests/bench/support/side_by_side.h"
#include "tests/bench/support/subjects.h"
#include "tests/bench/support/verdict.h"
#include "tests/bench/support/worker.h"

namespace faultline::bench {
namespace {

constexpr double most_difference_percent = 1;
constexpr double most_difference_points = 3;

struct Settings {
  int rounds = 10;
  int seconds = 10;
};

struct Compared {
  const char* perf_event;
  std::optional<double> (*said)(const Measured&);
};

std::optional<double> migrations(const Measured& ours) {
  const auto rate = ours.fact("sched.migrations.per_second");
  return rate ? std::optional(*rate * ours.seconds) : std::nullopt;
}

const std::vector<Compared> counts{
    {"minor-faults", [](const Measured& ours) { return ours.fact("faults.minor.count"); }},
    {"major-faults", [](const Measured& ours) { return ours.fact("faults.major.count"); }},
    {"context-switches", [](const Measured& ours) { return ours.fact("sched.context_switches.count"); }},
    {"cpu-migrations", migrations},
};

std::vector<std::string> events() {
  std::vector<std::string> names;
  for (const Compared& compared : counts) names.emplace_back(compared.perf_event);
  return names;
}

using Lines = std::map<std::string, SideBySide>;

void compare_counts(const Measured& ours, const PerfStat& perf, Lines& lines) {
  for (const Compared& compared : counts) {
    const auto said = compared.said(ours);
    const auto count = perf.count(compared.perf_event, ours.opened, ours.closed());
    if (said && count) lines[compared.perf_event].add_count(*said, *count);
  }
}

/// Two samplers that look at the same thing at different moments differ by this much (binomial).
double chance_points(double share, double samples, double other_samples) {
  return std::sqrt(share * (1 - share) * (1 / samples + 1 / other_samples)) * 100;
}

void compare_shares(const Measured& ours, const StackCount& perf, SideBySide& line) {
  const auto share = ours.fact("profile.fault_path.share");
  const auto samples = ours.fact("profile.samples.count");
  if (!share || !samples || *samples == 0 || perf.samples == 0) return;
  const double perfs_share = perf.in_fault_path / perf.samples;
  line.add_share(*share, perfs_share, chance_points(perfs_share, *samples, perf.samples));
}

void one_round(const Subject& subject, int seconds, Lines& lines) {
  PerfRecord record(subject.pid());
  PerfStat stat(subject.pid(), events());
  const Measured ours = measure(subject.pid(), seconds);
  stat.stop();
  compare_shares(ours, record.stop_and_count(), lines["fault-path share"]);
  compare_counts(ours, stat, lines);
}

void run_subject(const SubjectName& name, const Settings& settings, Verdicts& verdicts) {
  const MachineNoise noise;
  const auto subject = name.start();
  Lines lines;
  for (int round = 0; round < settings.rounds; ++round) one_round(*subject, settings.seconds, lines);
  fmt::print("\n{} ({})\n", name.name, noise.describe());
  SideBySide::print_header("perf");
  for (const Compared& compared : counts) {
    const SideBySide& line = lines[compared.perf_event];
    const std::string event = compared.perf_event;
    if (name.populates && event == "minor-faults") {
      line.print_only(event, "perf leaves out pages that a call populates");
    } else if (name.forks && event != "minor-faults" && event != "major-faults") {
      line.print_only(event, "threads that come and go between two looks are not seen");
    } else {
      line.print(event, most_difference_percent, verdicts);
    }
  }
  // Of processes that live shorter than a period perf takes no samples.
  if (!name.forks) lines["fault-path share"].print("fault-path share", most_difference_points, verdicts);
  std::fflush(stdout);
}

// One that faults, one that does not, one that switches. Of the last one pair of threads: more on all CPUs wake each
// other so fast that perf waits for seconds until it is given one.
std::vector<SubjectName> usual_subjects() {
  std::vector<SubjectName> subjects{lab_subject("refault"), lab_subject("small_requests"),
                                    lab_subject("ping_pong", {"--threads", "1"}),
                                    worker_subject("file_faults", run_file_faults)};
  for (SubjectName& program : public_subjects()) subjects.push_back(std::move(program));
  return subjects;
}

}  // namespace
}  // namespace faultline::bench

int main(int argc, char** argv) {
  using namespace faultline::bench;
  Settings settings;
  if (argc > 1) settings.rounds = std::atoi(argv[1]);
  if (argc > 2) settings.seconds = std::atoi(argv[2]);
  if (settings.rounds < 1 || settings.seconds < 1) {
    fmt::print(stderr, "usage: agreement [ROUNDS] [SECONDS] [NAME of a service of tests/lab or of a program…]\n");
    return 64;
  }
  fmt::print("agreement {} {}: medians of {} windows of {} s; counts within {} %, shares within {} points\n",
             settings.rounds, settings.seconds, settings.rounds, settings.seconds, most_difference_percent,
             most_difference_points);
  const std::vector<std::string> named(argv + std::min(argc, 3), argv + argc);
  return run_subjects("agreement", chosen(usual_subjects(), named),
                      [&](const SubjectName& name, Verdicts& verdicts) { run_subject(name, settings, verdicts); });
}
