// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/fault_reference.h"

#include <fmt/format.h>
#include <string>

namespace faultline::bench {
namespace {

// Not page_fault_kernel: it also passes what samplers of user stacks fault, which the kernel refuses and counts nowhere
// (faulthandler_disabled(), arch/x86/mm/fault.c). Of error_code, 1 is a page that was present (asm/trap_pf.h).
std::string probes(pid_t pid, FaultReference::Pages pages) {
  const char* const keep =
      "$page = args->address >> 12; if (@seen[$page]) { @again[cpu]++; } else { @seen[$page] = 1; }";
  return fmt::format(
      "tracepoint:exceptions:page_fault_user /pid == {}/ "
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
