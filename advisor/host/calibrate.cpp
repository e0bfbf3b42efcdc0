// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <ctime>
#include <optional>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include "advisor/host/machine.h"

namespace faultline::host {
namespace {

constexpr std::size_t pages_a_round = 256;
constexpr int rounds = 5;

/// Of this thread: on a busy host others run in between.
double cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// Touches fresh pages once; nothing when they could not be had. Huge pages are kept out: one fault would be 2 MiB.
std::optional<double> one_round_ns(std::size_t page_bytes) {
  const std::size_t bytes = pages_a_round * page_bytes;
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return std::nullopt;
  ::madvise(memory, bytes, MADV_NOHUGEPAGE);
  auto* const first = static_cast<volatile char*>(memory);
  const double start = cpu_ns();
  for (std::size_t page = 0; page < pages_a_round; ++page) first[page * page_bytes] = 1;
  const double passed = cpu_ns() - start;
  ::munmap(memory, bytes);
  return passed / static_cast<double>(pages_a_round);
}

}  // namespace

std::optional<double> calibrate_ns_per_fault() {
  const auto page_bytes = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::vector<double> costs;
  for (int round = 0; round < rounds; ++round) {
    if (const auto cost = one_round_ns(page_bytes)) costs.push_back(*cost);
  }
  if (costs.empty()) return std::nullopt;
  std::nth_element(costs.begin(), costs.begin() + static_cast<std::ptrdiff_t>(costs.size() / 2), costs.end());
  return costs[costs.size() / 2];
}

}  // namespace faultline::host
