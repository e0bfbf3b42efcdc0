// SPDX-License-Identifier: Apache-2.0
#include "advisor/target/allocation_functions.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "advisor/host/function_table.h"
#include "advisor/host/probe_site.h"
#include "advisor/host/proc.h"
#include "advisor/host/safe_open.h"
#include "advisor/model/text.h"
#include "advisor/target/allocator_functions.h"
#include "advisor/target/mapped_file.h"
#include "advisor/target/runtime.h"

namespace faultline::target {
namespace {

using Size = host::AllocationEntry::Size;

struct Named {
  std::string_view name;
  Size size;
};

constexpr std::array prefixes{std::string_view{"je_"}, std::string_view{"_rjem_"}, std::string_view{"mi_"},
                              std::string_view{"tc_"}};
// The first row decides whether a file defines an allocator.
constexpr auto counted_functions = std::to_array<Named>({
    {"malloc", Size::first},
    {"calloc", Size::product},
    {"realloc", Size::again},
    {"aligned_alloc", Size::second},
    {"memalign", Size::second},
    {"posix_memalign", Size::third},
    {"valloc", Size::first},
    {"pvalloc", Size::first},
});
// Beside those, of prefixed builds: jemalloc's extended functions and mimalloc's aligned ones.
constexpr auto prefixed_functions = std::to_array<Named>({
    {"mallocx", Size::first},
    {"rallocx", Size::again},
    {"zalloc", Size::first},
    {"malloc_aligned", Size::first},
    {"zalloc_aligned", Size::first},
});
// Itanium ABI, with nothrow and with alignment.
constexpr auto operators = std::to_array<Named>({
    {"_Znwm", Size::first},
    {"_Znam", Size::first},
    {"_ZnwmRKSt9nothrow_t", Size::first},
    {"_ZnamRKSt9nothrow_t", Size::first},
    {"_ZnwmSt11align_val_t", Size::first},
    {"_ZnamSt11align_val_t", Size::first},
});
// An executable that has one of these has operators of tcmalloc, mimalloc or jemalloc (src/jemalloc_cpp.cpp); others
// are those of libstdc++ or libc++, which call malloc.
constexpr std::array own_operators{std::string_view{"tc_new"}, std::string_view{"mi_new"},
                                   std::string_view{"_ZL9handleOOMmb"}, std::string_view{"_Z9handleOOMmb"}};

Size glibc_size(Size size) {
  switch (size) {
    case Size::again: return Size::again_or_malloc;
    case Size::second: return Size::aligned_or_malloc;
    case Size::third: return Size::posix_or_malloc;
    default: return size;
  }
}

/// A mapped file with its symbols.
struct Module {
  std::string name;
  std::shared_ptr<const host::Fd> file;
  host::FunctionTable table;
  [[nodiscard]] bool has(std::string_view function) const { return table.find(function).has_value(); }
  [[nodiscard]] bool is_of_glibc() const { return is_glibc(name) || has("__libc_malloc"); }
  [[nodiscard]] bool has_own_operators() const {
    return is_allocator_library(name) ||
           std::any_of(own_operators.begin(), own_operators.end(), [&](auto one) { return has(one); });
  }
};

std::optional<Module> read_module(const host::Machine& machine, pid_t pid, const host::Mapping& mapping) {
  auto file = open_mapped_file(machine, pid, mapping);
  if (!file) return std::nullopt;
  auto table = host::FunctionTable::read(*file);
  if (!table) return std::nullopt;
  return Module{visible(mapped_file_name(mapping.path)), std::make_shared<const host::Fd>(std::move(*file)),
                std::move(*table)};
}

/// Collects the entries of one file.
class Entries {
 public:
  explicit Entries(const Module& module) : module_(module) { found_.file = module.file; }

  /// Errors: refused, for the function that the others are nothing without.
  Result<void> add(const std::string& name, Size size, bool is_first) {
    const auto function = module_.table.find(name);
    // Aliases begin at the same place.
    if (!function || !known_.insert(function->offset).second) return {};
    const auto bytes = host::read_at(*module_.file, function->offset, host::probe_site_bytes);
    const auto sites = bytes ? host::probe_sites(*bytes) : tl::unexpected(bytes.error());
    if (sites) {
      host::AllocationEntry entry{size, function->offset + sites->first};
      if (sites->second) entry.second = function->offset + *sites->second;
      found_.entries.push_back(entry);
      if (found_.where.empty()) found_.where = fmt::format("{} of {}", name, module_.name);
    } else if (is_first) {
      Error error = sites.error();
      error.why = fmt::format("{} of {} {}", name, module_.name, error.why);
      return tl::unexpected(std::move(error));
    } else {
      found_.left_out += (found_.left_out.empty() ? "" : ", ") + name;
    }
    return {};
  }
  AllocatorFile take() { return std::move(found_); }

 private:
  const Module& module_;
  AllocatorFile found_;
  std::set<std::uint64_t> known_;
};

Result<AllocatorFile> plain_functions(const Module& module) {
  Entries entries(module);
  const bool of_glibc = module.is_of_glibc();
  for (const Named& row : counted_functions) {
    const Size size = of_glibc ? glibc_size(row.size) : row.size;
    if (auto added = entries.add(std::string(row.name), size, row.name == counted_functions[0].name); !added) {
      return tl::unexpected(added.error());
    }
  }
  if (!of_glibc && module.has_own_operators()) {
    for (const Named& row : operators) (void)entries.add(std::string(row.name), row.size, false);
  }
  return entries.take();
}

/// Nothing when the file has no such functions.
std::optional<Result<AllocatorFile>> functions_with_prefix(const Module& module) {
  for (const std::string_view prefix : prefixes) {
    const std::string first = std::string(prefix) + std::string(counted_functions[0].name);
    if (!module.has(first)) continue;
    Entries entries(module);
    if (auto added = entries.add(first, counted_functions[0].size, true); !added) return tl::unexpected(added.error());
    for (const Named& row : counted_functions)
      (void)entries.add(std::string(prefix) + std::string(row.name), row.size, false);
    for (const Named& row : prefixed_functions) {
      (void)entries.add(std::string(prefix) + std::string(row.name), row.size, false);
    }
    return entries.take();
  }
  return std::nullopt;
}

Result<void> check_runtime(const Process& process) {
  const char* const what = "cannot count allocations";
  if (process.runtime == "go") return fail(ErrorKind::unsupported, what, "", "Go has an allocator of its own, inlined");
  if (process.runtime == "jvm") {
    return fail(ErrorKind::unsupported, what, "", "the JVM allocates in code that it makes at run time");
  }
  if (process.libc == "musl")
    return fail(ErrorKind::unsupported, what, "", "musl's allocator is not known well enough");
  return {};
}

}  // namespace

Result<std::vector<AllocatorFile>> find_allocation_functions(const host::Machine& machine, pid_t pid) {
  const char* const what = "cannot count allocations";
  const auto maps = host::read_maps(machine.root, pid);
  if (!maps) return tl::unexpected(maps.error());
  Binaries binaries;
  if (const auto checked = check_runtime(describe_process(machine, pid, binaries)); !checked) {
    return tl::unexpected(checked.error());
  }
  const auto exe = machine.root.read_link(fmt::format("/proc/{}/exe", pid));
  const host::Mapping *program = nullptr, *library = nullptr, *libc = nullptr;
  for (const host::Mapping& one : *maps) {
    if (!one.executable || one.inode == 0) continue;
    const std::string_view name = mapped_file_name(one.path);
    if (exe && one.path == *exe) program = &one;
    if (is_allocator_library(name)) library = &one;
    if (is_glibc(name)) libc = &one;
  }
  const auto program_module = program != nullptr ? read_module(machine, pid, *program) : std::nullopt;
  const bool in_program = program_module && program_module->has(counted_functions[0].name);
  std::vector<AllocatorFile> files;
  if (program_module && !in_program) {
    if (auto prefixed = functions_with_prefix(*program_module)) {
      if (!*prefixed) return tl::unexpected(prefixed->error());
      files.push_back(std::move(**prefixed));
    }
  }
  // As the dynamic linker looks for malloc: in the program, in what was loaded before libc, in libc.
  std::optional<Module> module;
  for (const host::Mapping* mapping : {library, libc}) {
    if (in_program || module || mapping == nullptr) continue;
    auto candidate = read_module(machine, pid, *mapping);
    if (candidate && candidate->has(counted_functions[0].name)) module = std::move(candidate);
  }
  if (in_program || module) {
    auto plain = plain_functions(in_program ? *program_module : *module);
    if (!plain) return tl::unexpected(plain.error());
    files.push_back(std::move(*plain));
  }
  if (!files.empty()) return files;
  return fail(ErrorKind::unsupported, what, "",
              libc == nullptr ? "no malloc is named: the program is static and stripped, or not to be read"
                              : "the symbols of libc could not be read");
}

}  // namespace faultline::target
