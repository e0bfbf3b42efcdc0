// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/fault_reference.h"

#include <fmt/format.h>
#include <string>

namespace faultline::bench {
namespace {

// Of error_code, 1 is a page that was present (arch/x86/include/asm/trap_pf.h). Only user addresses have bit 47 clear.
std::string probes(pid_t pid, FaultReference::Pages pages) {
  const char* const keep =
      "$page = args->address >> 12; if (@seen[$page]) { @again[cpu]++; } else { @seen[$page] = 1; }";
  return fmt::format(
      "tracepoint:exceptions:page_fault_user, tracepoint:exceptions:page_fault_kernel "
      "/pid == {} && (args->address >> 47) == 0/ "
      "{{ @faults[cpu]++; if ((args->error_code & 1) == 0) {{ @absent[cpu]++; {} }} }}",
      pid, pages == FaultReference::Pages::keep ? keep : "");
}

}  // namespace

// bpftrace knows no map that nothing is put into.
FaultReference::FaultReference(pid_t pid, Pages pages)
    : sums_(probes(pid, pages),
            pages == Pages::keep ? std::vector<std::string>{"faults", "absent", "again"}
                                 : std::vector<std::string>{"faults", "absent"},
            pages == Pages::keep ? std::vector<std::string>{"seen"} : std::vector<std::string>{}) {}

std::optional<FaultReference::Sum> FaultReference::between(double from, double until) const {
  const auto sums = sums_.between(from, until);
  if (!sums) return std::nullopt;
  return Sum{sums->at(0), sums->at(1), sums->size() > 2 ? sums->at(2) : 0};
}

}  // namespace faultline::bench
