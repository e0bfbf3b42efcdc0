// SPDX-License-Identifier: Apache-2.0
// scale [SECONDS] [ROUNDS]: what faultline itself uses, by the number of threads of one target and by the number of
// targets of one audit. Most have nothing to do, as on a real host: what an idle one costs is what has to be small.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <fmt/format.h>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <vector>

#include "tests/bench/support/machine_noise.h"
#include "tests/bench/support/observers.h"
#include "tests/bench/support/service.h"
#include "tests/bench/support/statistics.h"
#include "tests/bench/support/verdict.h"

namespace faultline::bench {
namespace {

constexpr double most_own_cpu_percent = 5;
constexpr double most_peak_rss_mb = 150;
// Of what one more thread or target costs: linear growth is 1, its noise on a shared machine is in the rest.
constexpr double most_unit_cost_ratio = 1.5;

constexpr std::array thread_counts = {1, 10, 100, 1000, 2000};
constexpr std::array target_counts = {1, 10, 100, 300};
constexpr int one_busy_in = 10;
// With descriptors of their own for each of 300 services, and their start.
constexpr rlim_t open_files = 4096;

struct Settings {
  int seconds = 5;
  int rounds = 3;
};

/// Medians over the rounds.
struct SizeCost {
  int units = 0;
  double cpu_seconds = 0;
  double percent_of_core = 0;
  double peak_rss_mb = 0;
};

SizeCost audit(const std::vector<pid_t>& pids, int units, const Settings& settings) {
  std::vector<double> cpu_seconds;
  std::vector<double> rss_mb;
  for (int round = 0; round < settings.rounds; ++round) {
    const OwnCost own = observe_with_faultline(pids, settings.seconds);
    cpu_seconds.push_back(own.cpu_seconds);
    rss_mb.push_back(own.peak_rss_bytes / 1e6);
  }
  const double seconds = median(cpu_seconds);
  return {units, seconds, seconds / settings.seconds * 100, median(rss_mb)};
}

void print_header(const char* title, const char* unit) {
  fmt::print("\n{}\n  {:>8} {:>14} {:>12} {:>10} {:>18} {:>16}\n", title, unit, "CPU s a window", "% of a core",
             "RSS MB", "CPU ms each", "RSS KB each");
}

/// What each unit costs is counted above what an audit of one costs.
void print_cost(const SizeCost& cost, const SizeCost& one) {
  if (cost.units == one.units) {
    fmt::print("  {:>8} {:>14.3f} {:>12.2f} {:>10.1f} {:>18} {:>16}\n", cost.units, cost.cpu_seconds,
               cost.percent_of_core, cost.peak_rss_mb, "-", "-");
    return;
  }
  const double more = cost.units - one.units;
  fmt::print("  {:>8} {:>14.3f} {:>12.2f} {:>10.1f} {:>18.3f} {:>16.1f}\n", cost.units, cost.cpu_seconds,
             cost.percent_of_core, cost.peak_rss_mb, (cost.cpu_seconds - one.cpu_seconds) / more * 1e3,
             (cost.peak_rss_mb - one.peak_rss_mb) / more * 1e3);
}

/// Cost a unit at the largest size, as a multiple of that at the middle one; both above the cost of one.
Verdict judge_growth(const char* what, double at_largest, double at_middle) {
  const bool is_measurable = at_middle > 0;
  const Verdict verdict =
      is_measurable ? median_at_most({at_largest / at_middle}, most_unit_cost_ratio) : Verdict::not_decided;
  fmt::print("  {} each at the largest size at most {} times that at the middle one: {}{}\n", what,
             most_unit_cost_ratio, to_string(verdict),
             is_measurable ? fmt::format(", {:.2f}", at_largest / at_middle) : "");
  return verdict;
}

void judge(const std::vector<SizeCost>& costs, Verdicts& verdicts) {
  const SizeCost& one = costs.front();
  const SizeCost& middle = costs[costs.size() / 2];
  const SizeCost& largest = costs.back();
  const auto each = [&](double SizeCost::*what, const SizeCost& cost) {
    return (cost.*what - one.*what) / (cost.units - one.units);
  };
  verdicts.add(judge_growth("CPU", each(&SizeCost::cpu_seconds, largest), each(&SizeCost::cpu_seconds, middle)));
  verdicts.add(judge_growth("RSS", each(&SizeCost::peak_rss_mb, largest), each(&SizeCost::peak_rss_mb, middle)));
}

void judge_limits(const SizeCost& largest, Verdicts& verdicts) {
  fmt::print("  {} targets under {} % of a core: {}\n", largest.units, most_own_cpu_percent,
             to_string(verdicts.add(median_at_most({largest.percent_of_core}, most_own_cpu_percent))));
  fmt::print("  {} targets under {} MB: {}\n", largest.units, most_peak_rss_mb,
             to_string(verdicts.add(median_at_most({largest.peak_rss_mb}, most_peak_rss_mb))));
}

void run_threads(const Settings& settings, Verdicts& verdicts) {
  const MachineNoise noise;
  print_header("one target, by its threads (two of them busy)", "threads");
  std::vector<SizeCost> costs;
  for (const int threads : thread_counts) {
    const Service service("many_threads", {"--threads", std::to_string(threads), "--busy", "2"});
    costs.push_back(audit({service.pid()}, threads, settings));
    print_cost(costs.back(), costs.front());
  }
  fmt::print("  ({})\n", noise.describe());
  judge(costs, verdicts);
}

std::unique_ptr<Service> small_service(bool is_busy) {
  return std::make_unique<Service>(
      "many_threads", std::vector<std::string>{"--threads", "2", "--busy", "1", "--rate", is_busy ? "20" : "0.5"});
}

void run_targets(const Settings& settings, Verdicts& verdicts) {
  const MachineNoise noise;
  print_header("one audit, by its targets (one in ten busy)", "targets");
  std::vector<std::unique_ptr<Service>> services;
  std::vector<pid_t> pids;
  std::vector<SizeCost> costs;
  for (const int targets : target_counts) {
    while (static_cast<int>(services.size()) < targets) {
      services.push_back(small_service(services.size() % one_busy_in == 0));
      pids.push_back(services.back()->pid());
    }
    costs.push_back(audit(pids, targets, settings));
    print_cost(costs.back(), costs.front());
  }
  fmt::print("  ({})\n", noise.describe());
  judge_limits(costs.back(), verdicts);
  judge(costs, verdicts);
}

void allow_many_files() {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = std::min(files.rlim_max, std::max(files.rlim_cur, open_files));
  ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace
}  // namespace faultline::bench

int main(int argc, char** argv) {
  using namespace faultline::bench;
  Settings settings;
  if (argc > 1) settings.seconds = std::atoi(argv[1]);
  if (argc > 2) settings.rounds = std::atoi(argv[2]);
  if (settings.seconds < 1 || settings.rounds < 1) {
    fmt::print(stderr, "usage: scale [SECONDS] [ROUNDS]\n");
    return 64;
  }
  try {
    allow_many_files();
    fmt::print("scale {} {}: faultline's own cost in windows of {} s, from its start to its answer; medians of {}\n",
               settings.seconds, settings.rounds, settings.seconds, settings.rounds);
    Verdicts verdicts;
    run_threads(settings, verdicts);
    run_targets(settings, verdicts);
    return verdicts.exit_code();
  } catch (const std::exception& error) {
    fmt::print(stderr, "scale: {}\n", error.what());
    return 1;
  }
}
