// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "advisor/target/runtime.h"

namespace faultline::target {
namespace {

TEST(TuningVariables, AreTheOnesThatFixesSet) {
  for (const char* name : {"MALLOC_ARENA_MAX", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_", "MALLOC_MMAP_THRESHOLD_",
                           "GLIBC_TUNABLES", "LD_PRELOAD", "MALLOC_CONF", "GOMEMLIMIT", "MIMALLOC_PURGE_DELAY",
                           "TCMALLOC_RELEASE_RATE", "DOTNET_GCHeapCount"}) {
    EXPECT_TRUE(is_tuning_variable(name)) << name;
  }
}

TEST(TuningVariables, AreNoOthers) {
  for (const char* name :
       {"", "PATH", "HOME", "PASSWORD", "AWS_SECRET_ACCESS_KEY", "DATABASE_URL", "LD_LIBRARY_PATH", "MALLOC_ARENA_MAX2",
        "malloc_arena_max", "MALLOC_", "MALLOC_SECRET", "DOTNET_PASSWORD", "XMALLOC_ARENA_MAX", "LD_AUDIT"}) {
    EXPECT_FALSE(is_tuning_variable(name)) << name;
  }
}

TEST(ScrubbedValue, KeepsOnlyTuningOfOptionLists) {
  EXPECT_EQ(scrubbed_value("JAVA_TOOL_OPTIONS", "-Xmx2g -Dpassword=secret -XX:+UseZGC -javaagent:/x=key"),
            "-Xmx2g -XX:+UseZGC");
  EXPECT_EQ(scrubbed_value("NODE_OPTIONS", "--max-old-space-size=4096 --require=/secret.js"),
            "--max-old-space-size=4096");
  EXPECT_EQ(scrubbed_value("JDK_JAVA_OPTIONS", "-Dtoken=1"), "");
  EXPECT_EQ(scrubbed_value("JAVA_TOOL_OPTIONS", "  -Xss1m   "), "-Xss1m");
}

TEST(ScrubbedValue, AnyBlankEndsAWordAsForTheJvm) {
  for (const char blank : {' ', '\t', '\n', '\v', '\f', '\r'}) {
    EXPECT_EQ(scrubbed_value("JAVA_TOOL_OPTIONS", std::string("-Xmx2g") + blank + "-Dpassword=secret"), "-Xmx2g");
  }
}

TEST(ScrubbedValue, ACommandOfTheJvmIsNoTuning) {
  EXPECT_EQ(scrubbed_value("JAVA_TOOL_OPTIONS", "-XX:OnOutOfMemoryError=curl?token=1 -XX:OnError=x -Xmx1g"), "-Xmx1g");
}

TEST(ScrubbedValue, OfOthersIsWhole) {
  EXPECT_EQ(scrubbed_value("GLIBC_TUNABLES", "glibc.malloc.arena_max=2:glibc.malloc.trim_threshold=1"),
            "glibc.malloc.arena_max=2:glibc.malloc.trim_threshold=1");
}

}  // namespace
}  // namespace faultline::target
