// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/perf_record.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <fmt/format.h>
#include <sstream>
#include <stdexcept>
#include <string_view>
#include <unistd.h>

namespace faultline::bench {
namespace {

constexpr double most_seconds_to_stop = 30;
constexpr double most_seconds_to_read = 120;

// The frames that every page fault goes through: mm/memory.c, arch/x86/mm/fault.c, arch/arm64/mm/fault.c. Written down
// here apart from faultline's own table, so that the two can disagree.
constexpr std::array<std::string_view, 6> fault_path = {"handle_mm_fault",    "exc_page_fault", "asm_exc_page_fault",
                                                        "do_user_addr_fault", "do_page_fault",  "do_mem_abort"};

bool is_fault_path(std::string_view symbol) {
  return std::find(fault_path.begin(), fault_path.end(), symbol) != fault_path.end();
}

}  // namespace

StackCount count_stacks(const std::string& script) {
  StackCount count;
  bool in_sample = false;
  bool faults = false;
  std::istringstream lines(script + "\n\n");
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string address;
    std::string symbol;
    if (words >> address >> symbol) {
      in_sample = true;
      faults = faults || is_fault_path(symbol);
    } else if (in_sample) {
      ++count.samples;
      count.in_fault_path += faults ? 1 : 0;
      in_sample = faults = false;
    }
  }
  return count;
}

PerfRecord::PerfRecord(pid_t pid)
    : path_(fmt::format("/tmp/faultline_bench_perf_{}.data", pid)),
      command_({"perf", "record", "-q", "-F", "99", "-g", "-p", std::to_string(pid), "-o", path_}) {}

PerfRecord::~PerfRecord() { ::unlink(path_.c_str()); }

StackCount PerfRecord::stop_and_count() {
  command_.signal(SIGINT);
  const Finished recorded = command_.wait(most_seconds_to_stop);
  const std::vector<std::string> reading{"perf", "script", "-i", path_, "-F", "ip,sym", "--no-inline"};
  const StackCount count = count_stacks(run(reading, most_seconds_to_read).out);
  if (count.samples == 0) throw std::runtime_error("perf record took no samples: " + recorded.err);
  return count;
}

}  // namespace faultline::bench
