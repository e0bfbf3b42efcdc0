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
// A count is read some milliseconds off the edges of the window: of fewer events than this, that alone is a percent.
constexpr double least_events = 500;

struct Load {
  std::string service;  ///< of tests/lab
  std::vector<std::string> flags;
};

// As fast as they can: the more they run, the more samples there are, and the less is left to chance.
const std::vector<std::string> at_full_speed{"--rate", "0"};

// One that faults, one that does not, one that switches. Of the last one pair of threads: more on all CPUs wake each
// other so fast that perf waits for seconds until it is given one.
const std::vector<Load> steady_loads{
    {"refault", at_full_speed}, {"small_requests", at_full_speed}, {"ping_pong", {"--rate", "0", "--threads", "1"}}};

Load load_of(const std::string& service) {
  const auto it =
      std::find_if(steady_loads.begin(), steady_loads.end(), [&](const Load& load) { return load.service == service; });
  return it == steady_loads.end() ? Load{service, at_full_speed} : *it;
}

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
  std::vector<double> differences;  ///< ours less perf's; in percent for counts, in points for shares
  std::vector<double> chance;       ///< shares: the standard deviation of a difference by sampling alone, in points
};

struct Settings {
  int rounds = 10;
  int seconds = 10;
};

void compare_counts(const Measured& ours, const PerfStat& perf, std::map<std::string, Line>& lines) {
  for (const Compared& compared : counts) {
    const auto fact = ours.fact(compared.fact);
    const auto count = perf.count(compared.perf_event, ours.opened, ours.closed());
    Line& line = lines[compared.perf_event];
    if (!fact || !count) continue;
    line.ours.push_back(*fact);
    line.perfs.push_back(*count);
    if (*count >= least_events) line.differences.push_back((*fact / *count - 1) * 100);
  }
}

/// Two samplers that look at the same thing at different moments differ by this much (binomial).
double chance_points(double share, double samples, double other_samples) {
  return std::sqrt(share * (1 - share) * (1 / samples + 1 / other_samples)) * 100;
}

void compare_shares(const Measured& ours, const StackCount& perf, Line& line) {
  const auto share = ours.fact("profile.fault_path.share");
  const auto samples = ours.fact("profile.samples.count");
  if (!share || !samples || *samples == 0) return;
  const double perfs_share = perf.in_fault_path / perf.samples;
  line.ours.push_back(*share * 100);
  line.perfs.push_back(perfs_share * 100);
  line.differences.push_back((*share - perfs_share) * 100);
  line.chance.push_back(chance_points(perfs_share, *samples, perf.samples));
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
    return;
  }
  if (line.differences.empty()) {
    fmt::print(" {:>30}  too few to compare\n", "");
    return;
  }
  const double bound = is_share ? most_difference_points : most_difference_percent;
  fmt::print(" {:>23} {:<6}  {}", with_interval(line.differences, 2), is_share ? "points" : "%",
             to_string(verdicts.add(within(line.differences, bound))));
  if (is_share) fmt::print(" (by chance alone {:.1f} a window)", median(line.chance));
  fmt::print("\n");
}

void run_load(const Load& load, const Settings& settings, Verdicts& verdicts) {
  const MachineNoise noise;
  const Service service(load.service, load.flags);
  std::map<std::string, Line> lines;
  for (int round = 0; round < settings.rounds; ++round) one_round(service, settings.seconds, lines);
  fmt::print("\n{} ({})\n  {:<18} {:>12} {:>12} {:>23}\n", load.service, noise.describe(), "a window", "faultline",
             "perf", "difference");
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
    if (named.empty()) {
      for (const Load& load : steady_loads) run_load(load, settings, verdicts);
    }
    for (const std::string& service : named) run_load(load_of(service), settings, verdicts);
    return verdicts.exit_code();
  } catch (const std::exception& error) {
    fmt::print(stderr, "agreement: {}\n", error.what());
    return 1;
  }
}
