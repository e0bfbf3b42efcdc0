// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/perf_record.h"

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fmt/format.h>
#include <sstream>
#include <string_view>
#include <system_error>
#include <unistd.h>

namespace faultline::bench {
namespace {

constexpr double most_seconds_to_start = 10;
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
      command_({"perf", "record", "-q", "-F", "99", "-g", "-p", std::to_string(pid), "-o", path_}) {
  // Its file is begun once its events are open.
  std::error_code none_yet;
  for (const double deadline = now_seconds() + most_seconds_to_start; now_seconds() < deadline; ::usleep(10'000)) {
    const auto bytes = std::filesystem::file_size(path_, none_yet);
    if (!command_.running() || (!none_yet && bytes > 0)) return;
  }
}

PerfRecord::~PerfRecord() { ::unlink(path_.c_str()); }

StackCount PerfRecord::stop_and_count() {
  command_.signal(SIGINT);
  command_.wait(most_seconds_to_stop);
  const std::vector<std::string> reading{"perf", "script", "-i", path_, "-F", "ip,sym", "--no-inline"};
  return count_stacks(run(reading, most_seconds_to_read).out);
}

}  // namespace faultline::bench
