// SPDX-License-Identifier: Apache-2.0
// counting_cost [PAIRS] [WINDOW_MS]: what each way of counting costs the process that is counted, so that the choice of
// a measurement is a figure with a command. Windows with and without stand side by side in one run of the load; the
// measure is CPU time an operation, which neighbours on the machine change least.
#include <algorithm>
#include <cstdlib>
#include <exception>
#include <fmt/format.h>
#include <string>
#include <unistd.h>
#include <vector>

#include "tests/bench/support/statistics.h"
#include "tests/bench/support/ways_of_counting.h"
#include "tests/bench/support/worker.h"

namespace faultline::bench {
namespace {

struct Load {
  const char* name;
  const char* operation;
  void (*run)(Counter&);
};

constexpr Load loads[] = {{"first-touch", "fault", run_first_touch},
                          {"ping-pong", "round trip (two switches)", run_ping_pong}};

struct Settings {
  int pairs = 40;
  int window_ms = 100;
};

double cpu_ns_an_operation(const Worker& worker, int window_ms) {
  const Reading before = worker.read();
  ::usleep(static_cast<useconds_t>(window_ms) * 1000);
  const Reading after = worker.read();
  const auto operations = static_cast<double>(after.operations - before.operations);
  return static_cast<double>(after.cpu_ns - before.cpu_ns) / std::max(1.0, operations);
}

double watched(const WayOfCounting& way, const Worker& worker, int window_ms) {
  const auto watching = way.start(worker);
  return cpu_ns_an_operation(worker, window_ms);
}

/// One line: cost in percent and in ns of each pair. The order within a pair turns, so that drift cancels.
void compare(const WayOfCounting& way, const Worker& worker, const Settings& settings) {
  std::vector<double> percent;
  std::vector<double> added_ns;
  for (int pair = 0; pair < settings.pairs; ++pair) {
    const bool with_first = pair % 2 == 1;
    double with = with_first ? watched(way, worker, settings.window_ms) : 0;
    const double without = cpu_ns_an_operation(worker, settings.window_ms);
    if (!with_first) with = watched(way, worker, settings.window_ms);
    percent.push_back((with / without - 1) * 100);
    added_ns.push_back(with - without);
  }
  fmt::print("  {:<28} {:>26} {:>26}\n", way.name, with_interval(percent, 2), with_interval(added_ns, 1));
}

void run_load(const Load& load, const Settings& settings) {
  const Worker worker(load.run, quiet_cpu());
  std::vector<double> alone;
  for (int window = 0; window < settings.pairs; ++window) {
    alone.push_back(cpu_ns_an_operation(worker, settings.window_ms));
  }
  fmt::print("\n{}: {} ns of CPU time a {}\n", load.name, with_interval(alone, 0), load.operation);
  fmt::print("  {:<28} {:>26} {:>26}\n", "counted by", "% more CPU time", "ns more");
  for (const WayOfCounting& way : ways_of_counting()) {
    try {
      compare(way, worker, settings);
    } catch (const std::exception& refused) {
      fmt::print("  {:<28} unknown: {}\n", way.name, refused.what());
    }
  }
}

}  // namespace
}  // namespace faultline::bench

int main(int argc, char** argv) {
  faultline::bench::Settings settings;
  if (argc > 1) settings.pairs = std::atoi(argv[1]);
  if (argc > 2) settings.window_ms = std::atoi(argv[2]);
  if (settings.pairs < 6 || settings.window_ms < 10) {
    fmt::print(stderr, "usage: counting_cost [PAIRS, at least 6] [WINDOW_MS, at least 10]\n");
    return 64;
  }
  try {
    fmt::print("counting_cost {} {}: median of {} pairs and its 95 % interval; the row \"nothing\" is the noise\n",
               settings.pairs, settings.window_ms, settings.pairs);
    for (const auto& load : faultline::bench::loads) faultline::bench::run_load(load, settings);
  } catch (const std::exception& error) {
    fmt::print(stderr, "counting_cost: {}\n", error.what());
    return 1;
  }
  return 0;
}
