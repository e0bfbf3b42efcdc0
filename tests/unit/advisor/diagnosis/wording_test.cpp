// SPDX-License-Identifier: Apache-2.0
#include "advisor/diagnosis/wording.h"

#include <gtest/gtest.h>

#include "tests/unit/advisor/diagnosis/support.h"

namespace faultline::diagnosis {
namespace {

TEST(Wording, NumbersAreInTheirUnits) {
  EXPECT_EQ(number_words(432013312, "bytes"), "412 MiB");
  EXPECT_EQ(number_words(0, "bytes"), "0 B");
  EXPECT_EQ(number_words(1023.9, "bytes"), "1 KiB");
  EXPECT_EQ(number_words(1040000, "1/s"), "1.04 M/s");
  EXPECT_EQ(number_words(980, "count"), "980");
  EXPECT_EQ(number_words(0.784, "share"), "78 %");
  EXPECT_EQ(number_words(0.0612, "share"), "6.1 %");
  EXPECT_EQ(number_words(0.0996, "share"), "10 %");
  EXPECT_EQ(number_words(0, "share"), "0 %");
  EXPECT_EQ(number_words(0.0002, "share"), "< 0.1 %");
  EXPECT_EQ(number_words(1, "share"), "100 %");
  EXPECT_EQ(number_words(2.5, "cores"), "2.5 cores");
  EXPECT_EQ(number_words(1, "cores"), "1 core");
  EXPECT_EQ(number_words(1412, "ns"), "1.41 us");
  EXPECT_EQ(number_words(0.0125, "s"), "12.5 ms");
  EXPECT_EQ(number_words(262144, "pages"), "262 k pages");
}

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
