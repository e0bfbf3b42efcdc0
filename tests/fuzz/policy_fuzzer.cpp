// SPDX-License-Identifier: Apache-2.0
// Any bytes as a policy: read it; where it is a rule, judge with it and run its cases. Nothing may crash, and what is
// refused must say where and why.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "advisor/diagnosis/policy_test.h"
#include "advisor/diagnosis/rule_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace faultline::diagnosis;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  static const std::vector<std::string> fixes = {"keep-heap",     "limit-arenas",   "raise-cpu-quota",
                                                 "pretouch-heap", "gate-readiness", "change-workload"};
  RuleReading reading = read_rule(text, "policies/cpu-throttling.yaml", fixes);
  for (const auto& error : reading.errors) {
    if (error.where.empty() || error.why.empty()) std::abort();
  }
  if (!reading.errors.empty()) return 0;
  (void)test_policies({reading.rule});
  return 0;
}
