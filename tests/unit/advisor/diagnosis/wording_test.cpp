// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/wording.h"

#include <gtest/gtest.h>

#include "tests/unit/advisor/diagnosis/support.h"

namespace faultline::diagnosis {
namespace {

TEST(Wording, TextsShowFactsAndUnknownOnesAsUnknown) {
  FactSet facts = measured({{"memory.anon.peak_bytes", 432013312}});
  facts.put(Fact::measured("process.secure", true, "auxv"));
  EXPECT_EQ(interpolate("about {memory.anon.peak_bytes} stay, {host.cpus} {process.secure} {no.such} {", facts),
            "about 412 MiB stay, unknown yes {no.such} {");
  facts.put(Fact::measured("throttling.limiting_cgroup", std::string("/{host.cpus}"), "cpu.stat"));
  EXPECT_EQ(interpolate("{throttling.limiting_cgroup}", facts), "/{host.cpus}") << "what is put in is not read again";
}

}  // namespace
}  // namespace faultline::diagnosis
