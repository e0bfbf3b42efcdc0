// SPDX-License-Identifier: Apache-2.0
// report_latency [ROUNDS]: how long after its window an audit's report is out, for a process of 64 threads that uses
// half of the CPUs, and for one that wants all of them. Seen from outside: the end of the process against the end of
// the window that the report names.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <fmt/format.h>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <vector>

#include "tests/bench/support/command.h"
#include "tests/bench/support/machine_noise.h"
#include "tests/bench/support/measured.h"
#include "tests/bench/support/service.h"
#include "tests/bench/support/statistics.h"
#include "tests/bench/support/verdict.h"

namespace faultline::bench {
namespace {

constexpr double most_latency_ms = 300;
constexpr int window_seconds = 3;
constexpr double most_seconds_beyond_window = 60;
constexpr unsigned calibration_seconds = 2;
constexpr const char* threads = "64";

constexpr std::array services = {"refault", "small_requests"};

/// Requests a second that this service serves when it has all CPUs to itself, or what is left of them now.
double capacity(const char* name) {
  const Service service(name, {"--threads", threads, "--rate", "0"});
  const Progress before = service.progress();
  ::sleep(calibration_seconds);
  const Progress after = service.progress();
  return (after.requests - before.requests) / (after.wall_seconds - before.wall_seconds);
}

double report_latency_ms(const Service& service, Session session) {
  const std::vector<std::string> command{faultline_program(),
                                         "audit",
                                         fmt::format("pid:{}", service.pid()),
                                         "--window",
                                         fmt::format("{}s", window_seconds),
                                         "--format",
                                         "json"};
  const Finished finished = run(command, window_seconds + most_seconds_beyond_window, session);
  if (finished.exit_code != 0) throw std::runtime_error(describe(command, finished));
  return (finished.ended - read_document(finished.out).closed()) * 1000;
}

struct Situation {
  const char* name;
  double part_of_capacity;  ///< 0: no pause between requests, all threads want a CPU all the time
  Session session;
  bool promised;
};
constexpr Situation situations[] = {{"half busy", 0.5, Session::own, true},
                                    {"all wanted", 0, Session::own, true},
                                    // faultline has to wait for a turn of each of the threads: shown, not promised
                                    {"all wanted, in one session", 0, Session::shared, false}};

void run_situation(const char* name, const Situation& situation, double capacity, int rounds, Verdicts& verdicts) {
  const MachineNoise noise;
  const std::string rate = fmt::format("{:.1f}", capacity * situation.part_of_capacity);
  const Service service(name, {"--threads", threads, "--rate", rate}, situation.session);
  std::vector<double> latencies_ms;
  for (int round = 0; round < rounds; ++round) latencies_ms.push_back(report_latency_ms(service, situation.session));
  const char* const no_promise = "no promise";
  fmt::print("  {:<16} {:<28} {:>22} {:>8.0f}  {:<11} ({})\n", name, situation.name, with_interval(latencies_ms, 0),
             *std::max_element(latencies_ms.begin(), latencies_ms.end()),
             situation.promised ? to_string(verdicts.add(median_at_most(latencies_ms, most_latency_ms))) : no_promise,
             noise.describe());
}

}  // namespace
}  // namespace faultline::bench

int main(int argc, char** argv) {
  using namespace faultline::bench;
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 7;
  if (rounds < 1) {
    fmt::print(stderr, "usage: report_latency [ROUNDS]\n");
    return 64;
  }
  try {
    fmt::print(
        "report_latency {}: ms from the end of the window to the end of the program, {} threads, at most {} ms\n",
        rounds, threads, most_latency_ms);
    fmt::print("  {:<16} {:<28} {:>22} {:>8}\n", "service", "CPUs", "median", "worst");
    Verdicts verdicts;
    for (const char* service : services) {
      const double most = capacity(service);
      for (const auto& situation : situations) run_situation(service, situation, most, rounds, verdicts);
    }
    return verdicts.exit_code();
  } catch (const std::exception& error) {
    fmt::print(stderr, "report_latency: {}\n", error.what());
    return 1;
  }
}
