// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/lock_reference.h"

#include <fmt/format.h>
#include <string>

namespace faultline::bench {
namespace {

// include/trace/events/lock.h: 2 is for reading, 4 for writing; 1, 16 and 32 are no sleeping semaphores.
std::string probes(pid_t pid) {
  return fmt::format(
      "tracepoint:lock:contention_begin /pid == {0} && (args->flags & 6) != 0 && (args->flags & 49) == 0/ "
      "{{ @since[tid] = nsecs; }} "
      "tracepoint:lock:contention_end /@since[tid]/ "
      "{{ @waits[cpu]++; @ns[cpu] += nsecs - @since[tid]; delete(@since[tid]); }}",
      pid);
}

}  // namespace

LockReference::LockReference(pid_t pid) : sums_(probes(pid), {"waits", "ns"}, {"since"}) {}

std::optional<LockReference::Sum> LockReference::between(double from, double until) const {
  const auto sums = sums_.between(from, until);
  if (!sums) return std::nullopt;
  return Sum{sums->at(0), sums->at(1) * 1e-9};
}

}  // namespace faultline::bench
