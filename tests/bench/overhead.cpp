// SPDX-License-Identifier: Apache-2.0
// overhead [ROUNDS] [SECONDS] [SERVICE…]: what an audit costs the service, and what it uses itself; the same for the
// five tools of one_window, at the same time. One run of the service, windows in turn: nothing, faultline, nothing,
// the tools, … Each is held against the mean
// of the windows of nothing on both its sides, so that what drifts cancels.
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <fmt/format.h>
#include <string>
#include <thread>
#include <vector>

#include "tests/bench/support/machine_noise.h"
#include "tests/bench/support/observers.h"
#include "tests/bench/support/service.h"
#include "tests/bench/support/statistics.h"
#include "tests/bench/support/verdict.h"

namespace faultline::bench {
namespace {

constexpr double most_loss_percent = 1;
constexpr double most_own_cpu_percent = 1;
constexpr double most_peak_rss_mb = 40;
constexpr double most_part_of_tools_percent = 100.0 / 3;

// Without a pause between requests: what the audit takes is missing in the count of requests.
const std::vector<std::string> usual_services{"refault", "small_requests", "mapping_threads"};

struct Settings {
  int rounds = 10;
  int seconds = 10;
};

struct WindowCost {
  double requests_per_second = 0;
  double cpu_seconds_a_request = 0;
  OwnCost own;
};

WindowCost one_window(const Service& service, OwnCost (*observe)(pid_t, int), int seconds) {
  const Progress before = service.progress();
  const OwnCost own = observe(service.pid(), seconds);
  const Progress after = service.progress();
  const double requests = std::max(1.0, after.requests - before.requests);
  return {requests / (after.wall_seconds - before.wall_seconds), (after.cpu_seconds - before.cpu_seconds) / requests,
          own};
}

/// Losses and costs of one observer, a value a window.
struct Losses {
  std::vector<double> throughput_percent;
  std::vector<double> request_cpu_percent;  ///< more CPU time a request
  std::vector<double> by_cpu_percent;       ///< that, and the observer's own part of all CPUs
  std::vector<double> own_cpu_percent;      ///< of one core
  std::vector<double> own_cpu_seconds;
  std::vector<double> peak_rss_mb;

  void add(const WindowCost& before, const WindowCost& with, const WindowCost& after) {
    const double rate = (before.requests_per_second + after.requests_per_second) / 2;
    const double request_cpu = (before.cpu_seconds_a_request + after.cpu_seconds_a_request) / 2;
    throughput_percent.push_back((1 - with.requests_per_second / rate) * 100);
    request_cpu_percent.push_back((with.cpu_seconds_a_request / request_cpu - 1) * 100);
    own_cpu_percent.push_back(with.own.cpu_seconds / with.own.seconds * 100);
    own_cpu_seconds.push_back(with.own.cpu_seconds);
    by_cpu_percent.push_back(request_cpu_percent.back() + own_cpu_percent.back() / std::thread::hardware_concurrency());
    peak_rss_mb.push_back(with.own.peak_rss_bytes / 1e6);
  }
};

void print_losses(const char* name, const Losses& losses) {
  fmt::print("  {:<12} {:>24} {:>24} {:>24} {:>20} {:>8.1f}\n", name, with_interval(losses.throughput_percent, 2),
             with_interval(losses.request_cpu_percent, 2), with_interval(losses.by_cpu_percent, 2),
             with_interval(losses.own_cpu_percent, 2),
             *std::max_element(losses.peak_rss_mb.begin(), losses.peak_rss_mb.end()));
}

/// The throughput says it where the machine is quiet enough; else the CPU time, which neighbours change less.
Verdict judge_loss(const Losses& losses) {
  const Verdict by_throughput = at_most(losses.throughput_percent, most_loss_percent);
  if (by_throughput != Verdict::not_decided) {
    fmt::print("  loss at most {} %: {}, by throughput\n", most_loss_percent, to_string(by_throughput));
    return by_throughput;
  }
  const Verdict by_cpu = at_most(losses.by_cpu_percent, most_loss_percent);
  fmt::print("  loss at most {} %: {}, by CPU time; throughput alone does not decide it in this noise\n",
             most_loss_percent, to_string(by_cpu));
  return by_cpu;
}

/// CPU time of one window in turn, faultline's against that of the tools.
void judge_part(const Losses& faultline, const Losses& by_hand, Verdicts& verdicts) {
  std::vector<double> part_percent;
  for (std::size_t i = 0; i < faultline.own_cpu_seconds.size(); ++i) {
    part_percent.push_back(faultline.own_cpu_seconds[i] / by_hand.own_cpu_seconds[i] * 100);
  }
  fmt::print("  own CPU at most {:.0f} % of the five tools': {}, {}\n", most_part_of_tools_percent,
             to_string(verdicts.add(at_most(part_percent, most_part_of_tools_percent))),
             with_interval(part_percent, 0));
}

void judge(const Losses& losses, Verdicts& verdicts) {
  verdicts.add(judge_loss(losses));
  fmt::print("  own CPU at most {} % of a core: {}\n", most_own_cpu_percent,
             to_string(verdicts.add(median_at_most(losses.own_cpu_percent, most_own_cpu_percent))));
  const double peak_rss_mb = *std::max_element(losses.peak_rss_mb.begin(), losses.peak_rss_mb.end());
  fmt::print("  peak RSS at most {} MB: {}\n", most_peak_rss_mb,
             to_string(verdicts.add(median_at_most({peak_rss_mb}, most_peak_rss_mb))));
}

void run_service(const std::string& name, const Settings& settings, Verdicts& verdicts) {
  const MachineNoise noise;
  const Service service(name, {"--rate", "0"});
  observe_nothing(service.pid(), 1);
  Losses faultline;
  Losses by_hand;
  Losses nothing;
  WindowCost before = one_window(service, observe_nothing, settings.seconds);
  for (int round = 0; round < settings.rounds; ++round) {
    const WindowCost audited = one_window(service, observe_with_faultline, settings.seconds);
    const WindowCost between = one_window(service, observe_nothing, settings.seconds);
    const WindowCost by_tools = one_window(service, observe_by_hand, settings.seconds);
    const WindowCost after = one_window(service, observe_nothing, settings.seconds);
    faultline.add(before, audited, between);
    by_hand.add(between, by_tools, after);
    nothing.add(before, between, after);
    before = after;
  }
  fmt::print("\n{} as fast as it can ({})\n", name, noise.describe());
  fmt::print("  {:<12} {:>24} {:>24} {:>24} {:>20} {:>8}\n", "", "% of throughput lost", "% more CPU a request",
             "% lost, by CPU time", "% of a core, itself", "RSS MB");
  print_losses("faultline", faultline);
  print_losses("five tools", by_hand);
  print_losses("nothing", nothing);
  judge(faultline, verdicts);
  judge_part(faultline, by_hand, verdicts);
}

}  // namespace
}  // namespace faultline::bench

int main(int argc, char** argv) {
  using namespace faultline::bench;
  Settings settings;
  if (argc > 1) settings.rounds = std::atoi(argv[1]);
  if (argc > 2) settings.seconds = std::atoi(argv[2]);
  if (settings.rounds < 1 || settings.seconds < 1) {
    fmt::print(stderr, "usage: overhead [ROUNDS] [SECONDS] [SERVICE of tests/lab…]\n");
    return 64;
  }
  try {
    fmt::print("overhead {} {}: medians of {} windows of {} s and their 95 % intervals\n", settings.rounds,
               settings.seconds, settings.rounds, settings.seconds);
    Verdicts verdicts;
    const std::vector<std::string> named(argv + std::min(argc, 3), argv + argc);
    for (const std::string& service : named.empty() ? usual_services : named) run_service(service, settings, verdicts);
    return verdicts.exit_code();
  } catch (const std::exception& error) {
    fmt::print(stderr, "overhead: {}\n", error.what());
    return 1;
  }
}
