// SPDX-License-Identifier: Apache-2.0
#include "advisor/fixes/support/glibc_malloc.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "advisor/facts/number_words.h"
#include "advisor/fixes/support/proposals.h"

namespace faultline {
namespace {

struct Knob {
  std::string_view of;
  std::string_view says;
};

// Runtimes whose objects live in a heap that they map themselves. Python and Ruby take theirs from malloc, small
// objects of Python excepted.
constexpr std::array runtime_heaps{
    Knob{"go", "Go's heap is not malloc's: GOGC and GOMEMLIMIT decide what it keeps"},
    Knob{"jvm", "the Java heap is not malloc's: -Xms equal to -Xmx keeps it mapped"},
    Knob{"dotnet", "the heap of .NET is not malloc's: DOTNET_GCRetainVM=1 keeps it mapped"},
    Knob{"node", "the V8 heap is not malloc's: --max-semi-space-size and --max-old-space-size size it"},
};

// Allocators and what in their own configuration keeps freed memory.
constexpr std::array allocators{
    Knob{"jemalloc",
         "the allocator is jemalloc: dirty_decay_ms and muzzy_decay_ms in MALLOC_CONF (JE_MALLOC_CONF or "
         "_RJEM_MALLOC_CONF where it was built with that prefix, as in Redis and in Rust programs)"},
    Knob{"tcmalloc", "the allocator is tcmalloc: TCMALLOC_RELEASE_RATE=0 stops its giving back"},
    Knob{"mimalloc",
         "the allocator is mimalloc: MIMALLOC_PURGE_DELAY=-1 stops its giving back from 2.1 on, and "
         "MIMALLOC_ALLOW_DECOMMIT=0 in 2.0"},
    Knob{"go", "the allocator is Go's own: GOGC and GOMEMLIMIT decide what it keeps"},
    Knob{"musl", "the allocator is musl's, which has no settings: an allocator built for musl is the way"},
};

constexpr double least_share_by_allocator = 0.5;

template <std::size_t count>
std::optional<std::string> knob_of(const std::array<Knob, count>& knobs, const std::optional<std::string>& word) {
  const auto it = std::find_if(knobs.begin(), knobs.end(), [&](const Knob& knob) { return word == knob.of; });
  return it == knobs.end() ? std::nullopt : std::optional(std::string(it->says));
}

std::optional<std::string> allocator_refusal(const FactSet& facts) {
  const auto allocator = facts.text("allocator.kind");
  if (auto says = knob_of(allocators, allocator)) return says;
  if (facts.text("runtime.linkage") == "static") {
    return "the executable is static: which malloc is in it, and what that reads, can't be told";
  }
  if (!allocator) return needs_fact(facts, "allocator.kind");
  if (allocator != "glibc") return fmt::format("the allocator is {}, which does not read glibc's settings", *allocator);
  const auto libc = facts.text("runtime.libc");
  if (!libc) return needs_fact(facts, "runtime.libc");
  if (!libc->starts_with("glibc")) return fmt::format("the C library is {}, not glibc", *libc);
  return std::nullopt;
}

/// A heap is 1 MiB there, and the thresholds that belong together are other ones (glibc malloc/arena.c, HEAP_MAX_SIZE).
bool is_32_bit(std::string_view architecture) {
  const bool x86 = architecture.size() == 4 && architecture.starts_with('i') && architecture.ends_with("86");
  return x86 || architecture.starts_with("armv") || architecture == "mips" || architecture == "ppc";
}

/// The values of GLIBC_TUNABLES by name; of one that is there twice, the last.
std::map<std::string, std::string> tunables_of(const std::map<std::string, std::string>& environment) {
  std::map<std::string, std::string> tunables;
  const auto list = environment.find("GLIBC_TUNABLES");
  if (list == environment.end()) return tunables;
  std::string_view rest = list->second;
  while (!rest.empty()) {
    const auto end = rest.find(':');
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    const auto equals = part.find('=');
    if (equals != std::string_view::npos) tunables[std::string(part.substr(0, equals))] = part.substr(equals + 1);
  }
  return tunables;
}

}  // namespace

std::optional<std::string> glibc_malloc_refusal(const Snapshot& snapshot) {
  const FactSet& facts = snapshot.facts;
  if (auto says = knob_of(runtime_heaps, facts.text("runtime.kind"))) return says;
  if (auto why = allocator_refusal(facts)) return why;
  const auto secure = facts.flag("process.secure");
  if (!secure) return needs_fact(facts, "process.secure");
  if (*secure) {
    return "the program runs with AT_SECURE (set-user-ID, file capabilities or a security module's transition): glibc "
           "ignores MALLOC_* and GLIBC_TUNABLES then";
  }
  if (is_32_bit(snapshot.host.architecture)) {
    return fmt::format("the heaps of 32-bit programs ({}) are of another size, and the values are not known for them",
                       snapshot.host.architecture);
  }
  return std::nullopt;
}

std::optional<std::string> giver_refusal(const Snapshot& snapshot) {
  const auto share = snapshot.facts.number("heap.give_back.by_allocator.share");
  if (!share || *share >= least_share_by_allocator) return std::nullopt;
  return fmt::format(
      "the program itself gives the memory back: only {} of the giving back is malloc's, and the rest is its own calls "
      "of madvise, munmap or mremap, or the stacks of threads that end, which no setting of malloc changes",
      facts::number_words(*share, "share"));
}

std::map<std::string, std::string> environment_after_restart(const Snapshot& snapshot) {
  std::map<std::string, std::string> environment = snapshot.process.environment;
  if (!snapshot.unit) return environment;
  for (const auto& [name, value] : snapshot.unit->environment) environment[name] = value;
  for (const EnvironmentFile& file : snapshot.unit->environment_files) {
    for (const auto& [name, value] : file.sets) environment[name] = value;
  }
  return environment;
}

std::optional<std::string> malloc_value(const std::map<std::string, std::string>& environment,
                                        const MallocParameter& parameter) {
  const auto tunables = tunables_of(environment);
  if (const auto it = tunables.find(std::string(parameter.tunable)); it != tunables.end()) return it->second;
  const auto it = environment.find(std::string(parameter.variable));
  return it == environment.end() ? std::nullopt : std::optional(it->second);
}

Settings malloc_settings(const std::map<std::string, std::string>& environment, const MallocValues& values) {
  const auto tunables = tunables_of(environment);
  const bool as_tunables = std::any_of(values.begin(), values.end(), [&](const auto& value) {
    return tunables.contains(std::string(value.first.tunable));
  });
  Settings settings;
  std::vector<std::string> parts;
  for (const auto& [parameter, value] : values) {
    if (as_tunables) {
      parts.push_back(fmt::format("{}={}", parameter.tunable, value));
    } else {
      settings.push_back(EnvironmentVariable{std::string(parameter.variable), std::to_string(value)});
    }
  }
  if (as_tunables) settings.push_back(EnvironmentVariable{"GLIBC_TUNABLES", fmt::format("{}", fmt::join(parts, ":"))});
  return settings;
}

bool says_all(const std::map<std::string, std::string>& environment, const MallocValues& values) {
  return std::all_of(values.begin(), values.end(), [&](const auto& value) {
    return malloc_value(environment, value.first) == std::to_string(value.second);
  });
}

}  // namespace faultline
