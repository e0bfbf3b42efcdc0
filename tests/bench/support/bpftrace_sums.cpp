// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/bpftrace_sums.h"

#include <chrono>
#include <ctime>
#include <fmt/format.h>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <unistd.h>

namespace faultline::bench {
namespace {

// Pages that a program may keep in a map; bpftrace's own limit is 4096 keys.
const char* const most_keys = "BPFTRACE_MAP_KEYS_MAX=1000000";

/// bpftrace's nsecs is CLOCK_MONOTONIC.
double monotonic_to_realtime_seconds() {
  std::timespec monotonic{};
  ::clock_gettime(CLOCK_MONOTONIC, &monotonic);
  return now_seconds() - (static_cast<double>(monotonic.tv_sec) + static_cast<double>(monotonic.tv_nsec) * 1e-9);
}

/// "@waits[0]+@waits[1]"
std::string over_cpus(const std::string& name) {
  std::string sum;
  const long cpus = ::sysconf(_SC_NPROCESSORS_CONF);
  for (long cpu = 0; cpu < cpus; ++cpu) sum += fmt::format("{}@{}[{}]", cpu == 0 ? "" : "+", name, cpu);
  return sum;
}

std::string whole_program(const std::string& probes, const std::vector<std::string>& names,
                          const std::vector<std::string>& also_clear) {
  std::string formats = "%llu";
  std::string values = "nsecs";
  std::string clears;
  for (const std::string& name : names) {
    formats += " %llu";
    values += ", " + over_cpus(name);
    clears += fmt::format("clear(@{}); ", name);
  }
  for (const std::string& name : also_clear) clears += fmt::format("clear(@{}); ", name);
  return fmt::format(R"({} interval:ms:50 {{ printf("{}\n", {}); }} END {{ {}}})", probes, formats, values, clears);
}

template <class Condition>
bool within_half_a_minute(Condition condition) {
  for (int tries = 0; tries < 300; ++tries) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return false;
}

}  // namespace

BpftraceSums::BpftraceSums(const std::string& probes, const std::vector<std::string>& names,
                           const std::vector<std::string>& also_clear)
    : columns_(names.size()),
      command_({"env", most_keys, "bpftrace", "-B", "line", "-e", whole_program(probes, names, also_clear)}) {
  const bool counts = within_half_a_minute([&] {
    const double now = now_seconds();
    return read().between(now - 0.3, now - 0.2).has_value() || !command_.running();
  });
  if (counts && command_.running()) return;
  throw std::runtime_error(
      "bpftrace does not count; as root: apt-get install bpftrace; mount -t tracefs tracefs /sys/kernel/tracing");
}

std::optional<std::vector<double>> BpftraceSums::between(double from, double until) const {
  std::optional<std::vector<double>> sums;
  within_half_a_minute([&] { return (sums = read().between(from, until)).has_value() || !command_.running(); });
  return sums;
}

Timeline BpftraceSums::read() const {
  const double offset = monotonic_to_realtime_seconds();
  Timeline timeline;
  std::istringstream lines(command_.output());
  for (std::string line; std::getline(lines, line);) {
    // The last line may be cut: it is taken when it is whole.
    if (lines.eof()) break;
    std::istringstream words(line);
    double ns = 0;
    std::vector<double> sums;
    if (!(words >> ns)) continue;
    for (double sum = 0; words >> sum;) sums.push_back(sum);
    if (sums.size() == columns_) timeline.add(ns * 1e-9 + offset, std::move(sums));
  }
  return timeline;
}

}  // namespace faultline::bench
