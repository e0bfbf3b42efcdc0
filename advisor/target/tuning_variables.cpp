// SPDX-License-Identifier: Apache-2.0
// The one allow-list of environment variables that are read from a target. Everything else may be a secret.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "advisor/target/runtime.h"
#include "advisor/target/starts_with.h"

namespace faultline::target {
namespace {

constexpr std::array<std::string_view, 25> exact_names{
    // glibc malloc, mallopt(3) and the tunables
    "GLIBC_TUNABLES", "MALLOC_ARENA_MAX", "MALLOC_ARENA_TEST", "MALLOC_TRIM_THRESHOLD_", "MALLOC_TOP_PAD_",
    "MALLOC_MMAP_THRESHOLD_", "MALLOC_MMAP_MAX_", "MALLOC_PERTURB_", "MALLOC_CHECK_",
    // the loader
    "LD_PRELOAD",
    // jemalloc and its prefixed builds (Redis, Rust)
    "MALLOC_CONF", "JE_MALLOC_CONF", "_RJEM_MALLOC_CONF",
    // runtimes
    "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "GOGC", "GOMEMLIMIT", "GOMAXPROCS", "GODEBUG", "PYTHONMALLOC",
    "NODE_OPTIONS", "UV_THREADPOOL_SIZE", "OMP_NUM_THREADS", "RUBY_GC_HEAP_GROWTH_FACTOR", "TOKIO_WORKER_THREADS"};

constexpr std::array<std::string_view, 5> variable_prefixes{"MIMALLOC_", "TCMALLOC_", "DOTNET_GC", "COMPlus_GC",
                                                            "RUBY_GC_"};

// Options of these may hold anything, -Dpassword=… too: only words that are known to be tuning survive.
constexpr std::array<std::string_view, 3> option_lists{"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "NODE_OPTIONS"};
constexpr std::array<std::string_view, 5> tuning_words{"-Xm", "-Xs", "-XX:", "--max-", "--min-"};
// A command that the JVM runs when it fails: -XX:OnError=, -XX:OnOutOfMemoryError=.
constexpr std::array<std::string_view, 1> command_words{"-XX:On"};
constexpr std::string_view blanks = " \t\n\v\f\r";

}  // namespace

bool is_tuning_variable(std::string_view name) {
  return std::find(exact_names.begin(), exact_names.end(), name) != exact_names.end() ||
         starts_with_one_of(name, variable_prefixes);
}

std::string scrubbed_value(std::string_view name, std::string_view value) {
  if (std::find(option_lists.begin(), option_lists.end(), name) == option_lists.end()) return std::string(value);
  std::string kept;
  while (!value.empty()) {
    const auto end = value.find_first_of(blanks);
    const std::string_view word = value.substr(0, end);
    value.remove_prefix(end == std::string_view::npos ? value.size() : end + 1);
    if (!starts_with_one_of(word, tuning_words) || starts_with_one_of(word, command_words)) continue;
    kept += kept.empty() ? "" : " ";
    kept += word;
  }
  return kept;
}

}  // namespace faultline::target
