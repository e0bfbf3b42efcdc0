// SPDX-License-Identifier: Apache-2.0
// agreement [ROUNDS] [SECONDS] [SERVICE…]: faultline's counts and its fault-path share against `perf stat -p` and
// `perf record -F 99 -g -p`, over the same windows of the same services.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <fmt/format.h>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bench/support/command.h"
#include "tests/bench/support/machine_noise.h"
#include "tests/bench/support/measured.h"
#include "tests/bench/support/perf_record.h"
#include "tests/bench/support/perf_stat.h"
#include "tests/bench/support/service.h"
#include "tests/bench/support/statistics.h"
#include "tests/bench/support/verdict.h"

namespace faultline::bench {
namespace {

constexpr double most_difference_percent = 1;
constexpr double most_difference_points = 3;
// One count more or less is one percent of a hundred; a window has edges on both sides.
constexpr double least_events = 1000;

// Steady services of tests/lab: one that faults, one that does not, one that switches.
const std::vector<std::string> steady_services{"refault", "small_requests", "ping_pong"};

struct Compared {
  const char* perf_event;
  const char* fact;
};
constexpr Compared counts[] = {{"minor-faults", "faults.minor.count"},
                               {"context-switches", "sched.context_switches.count"}};

/// Both sides of one line, a value a round.
struct Line {
  std::vector<double> ours;
  std::vector<double> perfs;
  std::vector<double> differences;  ///< without sign; in percent for counts, in points for shares
};

struct Settings {
  int rounds = 5;
  int seconds = 10;
};

Measured measure(pid_t pid, int seconds) {
  const std::vector<std::string> command{faultline_program(), "measure", fmt::format("pid:{}", pid), "--window",
                                         fmt::format("{}s", seconds)};
  const Finished finished = run(command, seconds + 60.0);
  if (finished.exit_code != 0) throw std::runtime_error(describe(command, finished));
  return read_document(finished.out);
}

void compare_counts(const Measured& ours, const PerfStat& perf, std::map<std::string, Line>& lines) {
  for (const Compared& compared : counts) {
    const auto fact = ours.fact(compared.fact);
    const auto count = perf.count(compared.perf_event, ours.opened, ours.closed());
    Line& line = lines[compared.perf_event];
    if (!fact || !count) continue;
    line.ours.push_back(*fact);
    line.perfs.push_back(*count);
    if (*count >= least_events) line.differences.push_back(std::abs(*fact / *count - 1) * 100);
  }
}

void compare_shares(const Measured& ours, const StackCount& perf, Line& line) {
  const auto share = ours.fact("profile.fault_path.share");
  if (!share) return;
  line.ours.push_back(*share * 100);
  line.perfs.push_back(perf.in_fault_path / perf.samples * 100);
  line.differences.push_back(std::abs(line.ours.back() - line.perfs.back()));
}

void one_round(const Service& service, int seconds, std::map<std::string, Line>& lines) {
  PerfRecord record(service.pid());
  PerfStat stat(service.pid(), {counts[0].perf_event, counts[1].perf_event});
  const Measured ours = measure(service.pid(), seconds);
  stat.stop();
  compare_shares(ours, record.stop_and_count(), lines["fault-path share"]);
  compare_counts(ours, stat, lines);
}

void print_line(const std::string& name, const Line& line, bool is_share, Verdicts& verdicts) {
  const int decimals = is_share ? 1 : 0;
  fmt::print("  {:<18} {:>12.{}f} {:>12.{}f}", name, median(line.ours), decimals, median(line.perfs), decimals);
  if (line.ours.empty()) {
    fmt::print("  {}\n", to_string(verdicts.add(Verdict::not_decided)));
  } else if (line.differences.empty()) {
    fmt::print(" {:>26}  too few to compare\n", "");
  } else {
    const double bound = is_share ? most_difference_points : most_difference_percent;
    fmt::print(" {:>22} {:<6}  {}\n", with_interval(line.differences, 2), is_share ? "points" : "%",
               to_string(verdicts.add(median_at_most(line.differences, bound))));
  }
}

void run_service(const std::string& name, const Settings& settings, Verdicts& verdicts) {
  const MachineNoise noise;
  const Service service(name, {});
  std::map<std::string, Line> lines;
  for (int round = 0; round < settings.rounds; ++round) one_round(service, settings.seconds, lines);
  fmt::print("\n{} ({})\n  {:<18} {:>12} {:>12} {:>22}\n", name, noise.describe(), "a window", "faultline", "perf",
             "difference");
  for (const Compared& compared : counts) {
    print_line(compared.perf_event, lines[compared.perf_event], false, verdicts);
  }
  print_line("fault-path share", lines["fault-path share"], true, verdicts);
}

}  // namespace
}  // namespace faultline::bench

int main(int argc, char** argv) {
  using namespace faultline::bench;
  Settings settings;
  if (argc > 1) settings.rounds = std::atoi(argv[1]);
  if (argc > 2) settings.seconds = std::atoi(argv[2]);
  if (settings.rounds < 1 || settings.seconds < 1) {
    fmt::print(stderr, "usage: agreement [ROUNDS] [SECONDS] [SERVICE of tests/lab…]\n");
    return 64;
  }
  try {
    fmt::print("agreement {} {}: medians of {} windows of {} s; counts within {} %, shares within {} points\n",
               settings.rounds, settings.seconds, settings.rounds, settings.seconds, most_difference_percent,
               most_difference_points);
    Verdicts verdicts;
    const std::vector<std::string> named(argv + std::min(argc, 3), argv + argc);
    for (const std::string& service : named.empty() ? steady_services : named) run_service(service, settings, verdicts);
    return verdicts.exit_code();
  } catch (const std::exception& error) {
    fmt::print(stderr, "agreement: {}\n", error.what());
    return 1;
  }
}
