// SPDX-License-Identifier: Apache-2.0
#include "advisor/target/runtime.h"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <optional>

#include "advisor/host/elf.h"
#include "advisor/host/memory_folder.h"
#include "advisor/host/proc.h"
#include "advisor/host/safe_open.h"
#include "advisor/model/text.h"
#include "advisor/target/arenas.h"
#include "advisor/target/mapped_file.h"

namespace faultline::target {
namespace {

constexpr std::uint64_t largest_libc_bytes = 64ULL << 20U;

struct Sign {
  std::string_view part;  ///< of a mapped file's name
  std::string_view is;
};

// A mapped library that tells the runtime.
constexpr std::array runtime_libraries{
    Sign{"libjvm.so", "jvm"},     Sign{"libcoreclr.so", "dotnet"}, Sign{"libpython3", "python"},
    Sign{"libpython2", "python"}, Sign{"libruby", "ruby"},         Sign{"libnode.so", "node"},
};
// The start of the executable's name that tells the runtime.
constexpr std::array runtime_executables{
    Sign{"python", "python"}, Sign{"ruby", "ruby"}, Sign{"node", "node"}, Sign{"java", "jvm"}, Sign{"dotnet", "dotnet"},
};
constexpr std::array allocator_libraries{
    Sign{"libjemalloc", "jemalloc"},   Sign{"libtcmalloc", "tcmalloc"}, Sign{"libmimalloc", "mimalloc"},
    Sign{"libtbbmalloc", "tbbmalloc"}, Sign{"libsnmalloc", "snmalloc"}, Sign{"libhoard", "hoard"},
};
// A symbol of the executable that tells a linked-in allocator. An executable that defines malloc itself has one that
// no setting of glibc's reaches.
struct SymbolSign {
  std::string_view symbol;
  std::string_view is;
};
constexpr std::array allocator_symbols{
    SymbolSign{"mallctl", "jemalloc"},       SymbolSign{"je_mallctl", "jemalloc"},
    SymbolSign{"_rjem_mallctl", "jemalloc"}, SymbolSign{"_rjem_malloc", "jemalloc"},
    SymbolSign{"je_malloc", "jemalloc"},     SymbolSign{"mi_malloc", "mimalloc"},
    SymbolSign{"tc_malloc", "tcmalloc"},     SymbolSign{"MallocExtension_ReleaseFreeMemory", "tcmalloc"},
};

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

template <std::size_t count>
std::optional<std::string> library_sign(const std::vector<host::Mapping>& mappings,
                                        const std::array<Sign, count>& signs) {
  for (const host::Mapping& mapping : mappings) {
    if (mapping.inode == 0) continue;
    for (const Sign& sign : signs) {
      if (base_name(mapping.path).starts_with(sign.part)) return std::string(sign.is);
    }
  }
  return std::nullopt;
}

const host::Mapping* find_library(const std::vector<host::Mapping>& mappings, std::string_view start) {
  const auto it = std::find_if(mappings.begin(), mappings.end(), [&](const host::Mapping& mapping) {
    return mapping.inode != 0 && base_name(mapping.path).starts_with(start);
  });
  return it == mappings.end() ? nullptr : &*it;
}

/// The version in the banner that every glibc carries ("GNU C Library (…) stable release version 2.36."),
/// csu/version.c.
std::optional<std::string> glibc_version(const host::Fd& file) {
  constexpr std::string_view banner = "release version ";
  constexpr std::size_t step = 1U << 20U;
  for (std::uint64_t offset = 0; offset < largest_libc_bytes; offset += step) {
    const auto bytes = host::read_at(file, offset, step + 128);
    if (!bytes || bytes->empty()) return std::nullopt;
    const auto at = bytes->find(banner);
    if (at != std::string::npos && at + banner.size() < bytes->size()) {
      const std::string_view rest = std::string_view(*bytes).substr(at + banner.size(), 16);
      const auto end = rest.find_first_not_of("0123456789.");
      std::string version(rest.substr(0, end));
      while (version.ends_with('.')) version.pop_back();
      if (!version.empty()) return version;
    }
    if (bytes->size() < step) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string> glibc_version(const host::Machine& machine, pid_t pid, const host::Mapping& mapping,
                                         Binaries& binaries) {
  const auto file = open_mapped_file(machine, pid, mapping);
  if (!file) return std::nullopt;
  return binaries.glibc_versions.of(*file, [](const host::Fd& libc) { return glibc_version(libc); });
}

std::string libc_of(const host::Machine& machine, pid_t pid, const std::vector<host::Mapping>& mappings,
                    const std::optional<host::ElfSummary>& elf, Binaries& binaries) {
  const host::Mapping* glibc = find_library(mappings, "libc.so.6");
  if (glibc == nullptr) glibc = find_library(mappings, "libc-2.");  // the file's own name before 2.34
  if (glibc != nullptr) {
    const auto version = glibc_version(machine, pid, *glibc, binaries);
    return version ? "glibc " + *version : "glibc";
  }
  const bool musl_loader = elf && base_name(elf->interpreter).starts_with("ld-musl");
  if (musl_loader || find_library(mappings, "ld-musl") != nullptr || find_library(mappings, "libc.musl") != nullptr)
    return "musl";
  if (elf && elf->interpreter.empty()) return "static";
  return "unknown";
}

std::string runtime_of(const Process& process, const std::vector<host::Mapping>& mappings,
                       const std::optional<host::ElfSummary>& elf) {
  if (elf && elf->go) return "go";
  if (const auto by_library = library_sign(mappings, runtime_libraries)) return *by_library;
  const std::string_view name = base_name(process.exe);
  for (const Sign& sign : runtime_executables) {
    if (name.starts_with(sign.part)) return std::string(sign.is);
  }
  return elf ? "native" : "unknown";
}

std::string allocator_of(const Process& process, const std::vector<host::Mapping>& mappings,
                         const std::optional<host::ElfSummary>& elf) {
  if (process.runtime == "go") return "go";
  if (const auto by_library = library_sign(mappings, allocator_libraries)) return *by_library;
  if (!elf) return "unknown";
  for (const SymbolSign& sign : allocator_symbols) {
    if (elf->symbols.contains(std::string(sign.symbol))) return std::string(sign.is);
  }
  if (process.libc.starts_with("glibc")) return elf->symbols.contains("malloc") ? "unknown" : "glibc";
  if (process.libc == "musl") return elf->symbols.contains("malloc") ? "unknown" : "musl";
  return "unknown";
}

std::optional<host::ElfSummary> read_summary(const host::Fd& file) {
  std::vector<std::string_view> wanted{"malloc"};
  for (const SymbolSign& sign : allocator_symbols) wanted.push_back(sign.symbol);
  const auto elf = host::read_elf(file, wanted);
  return elf ? std::optional(*elf) : std::nullopt;
}

std::optional<host::ElfSummary> read_executable(const host::Machine& machine, pid_t pid, Binaries& binaries) {
  // The kernel's own link to the file that was executed, not a path: nothing that the target can redirect.
  const auto file =
      machine.root.open_path(host::memory_folder(machine.root, pid) + "/exe", O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file) return std::nullopt;
  return binaries.executables.of(*file, read_summary);
}

/// The v2 path, or the cpu controller's on v1 where the v2 one says nothing.
std::string cgroup_of(const host::Machine& machine, pid_t pid) {
  const auto cgroups = host::read_cgroups(machine.root, pid);
  if (!cgroups) return {};
  const auto v2 = cgroups->find("");
  if (v2 != cgroups->end() && v2->second != "/") return v2->second;
  for (const auto& [controllers, path] : *cgroups) {
    if (("," + controllers + ",").find(",cpu,") != std::string::npos) return path;
  }
  return v2 != cgroups->end() ? v2->second : std::string();
}

std::string linkage_of(const std::optional<host::ElfSummary>& elf) {
  if (!elf) return "unknown";
  return elf->interpreter.empty() ? "static" : "dynamic";
}

}  // namespace

Process describe_process(const host::Machine& machine, pid_t pid, Binaries& binaries) {
  Process process;
  process.pid = pid;
  if (const auto stat = host::read_stat(machine.root, pid)) {
    process.start_ticks = stat->start_ticks;
    process.comm = visible(stat->comm);
    process.threads = stat->threads;
  }
  process.exe =
      visible(machine.root.read_link(host::memory_folder(machine.root, pid) + "/exe").value_or(std::string()));
  process.cgroup = visible(cgroup_of(machine, pid));
  const auto elf = read_executable(machine, pid, binaries);
  const auto maps = host::read_maps(machine.root, pid);
  const std::vector<host::Mapping> mappings = maps.value_or(std::vector<host::Mapping>());
  process.linkage = linkage_of(elf);
  process.runtime = runtime_of(process, mappings, elf);
  process.libc = libc_of(machine, pid, mappings, elf, binaries);
  process.allocator = allocator_of(process, mappings, elf);
  if (maps && process.allocator == "glibc") process.arenas = count_arenas(mappings);
  if (const auto secure = host::read_at_secure(machine.root, pid)) process.secure = *secure;
  if (const auto environment = host::read_environment(machine.root, pid, is_tuning_variable)) {
    for (const auto& [name, value] : *environment) process.environment[name] = scrubbed_value(name, value);
  }
  return process;
}

}  // namespace faultline::target
