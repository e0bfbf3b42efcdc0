// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/lock_reference.h"

#include <chrono>
#include <ctime>
#include <fmt/format.h>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <unistd.h>

namespace faultline::bench {
namespace {

/// bpftrace's nsecs is CLOCK_MONOTONIC.
double monotonic_to_realtime_seconds() {
  std::timespec monotonic{};
  ::clock_gettime(CLOCK_MONOTONIC, &monotonic);
  return now_seconds() - (static_cast<double>(monotonic.tv_sec) + static_cast<double>(monotonic.tv_nsec) * 1e-9);
}

/// "@waits[0]+@waits[1]": a variable of its own for each CPU, as increments of one by several CPUs are lost.
std::string over_cpus(const char* variable) {
  std::string sum;
  const long cpus = ::sysconf(_SC_NPROCESSORS_CONF);
  for (long cpu = 0; cpu < cpus; ++cpu) sum += fmt::format("{}@{}[{}]", cpu == 0 ? "" : "+", variable, cpu);
  return sum;
}

// include/trace/events/lock.h: 2 is for reading, 4 for writing; 1, 16 and 32 are no sleeping semaphores.
std::string program(pid_t pid) {
  return fmt::format(
      "tracepoint:lock:contention_begin /pid == {0} && (args->flags & 6) != 0 && (args->flags & 49) == 0/ "
      "{{ @since[tid] = nsecs; }} "
      "tracepoint:lock:contention_end /@since[tid]/ "
      "{{ @waits[cpu]++; @ns[cpu] += nsecs - @since[tid]; delete(@since[tid]); }} "
      "interval:ms:50 {{ printf(\"%llu %llu %llu\\n\", nsecs, {1}, {2}); }} "
      "END {{ clear(@since); clear(@waits); clear(@ns); }}",
      pid, over_cpus("waits"), over_cpus("ns"));
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

LockReference::LockReference(pid_t pid) {
  command_ = std::make_unique<Command>(std::vector<std::string>{"bpftrace", "-B", "line", "-e", program(pid)});
  const bool counts =
      within_half_a_minute([&] { return until(now_seconds() - 0.2).has_value() || !command_->running(); });
  if (counts && command_->running()) return;
  throw std::runtime_error(
      "bpftrace does not count; as root: apt-get install bpftrace; mount -t tracefs tracefs /sys/kernel/tracing");
}

std::optional<LockReference::Sum> LockReference::between(double from, double until_moment) const {
  std::optional<Sum> first, last;
  within_half_a_minute([&] { return (last = until(until_moment)).has_value(); });
  first = until(from);
  if (!first || !last) return std::nullopt;
  return Sum{last->waits - first->waits, last->seconds - first->seconds};
}

/// Between the lines before and after the moment, by time.
std::optional<LockReference::Sum> LockReference::until(double moment) const {
  const double offset = monotonic_to_realtime_seconds();
  std::istringstream lines(command_->output());
  std::optional<std::pair<double, Sum>> before;
  double ns = 0, waits = 0, waited_ns = 0;
  for (std::string line; std::getline(lines, line);) {
    if (std::sscanf(line.c_str(), "%lf %lf %lf", &ns, &waits, &waited_ns) != 3) continue;
    const double at = ns * 1e-9 + offset;
    const Sum sum{waits, waited_ns * 1e-9};
    if (at >= moment && before) {
      const double part = (moment - before->first) / (at - before->first);
      return Sum{before->second.waits + part * (sum.waits - before->second.waits),
                 before->second.seconds + part * (sum.seconds - before->second.seconds)};
    }
    if (at < moment) before = {at, sum};
  }
  return std::nullopt;
}

}  // namespace faultline::bench
