// SPDX-License-Identifier: Apache-2.0
#include "advisor/target/user_code.h"

#include <algorithm>
#include <cstdlib>
#include <cxxabi.h>
#include <string_view>

#include "advisor/host/proc.h"
#include "advisor/model/text.h"
#include "advisor/target/allocator_functions.h"
#include "advisor/target/mapped_file.h"

namespace faultline::target {
namespace {

/// "/usr/lib/x/libc.so.6 (deleted)" → "libc.so.6".
std::string_view file_name(std::string_view path) {
  constexpr std::string_view deleted = " (deleted)";
  if (path.ends_with(deleted)) path.remove_suffix(deleted.size());
  return path.substr(path.rfind('/') + 1);
}

std::string demangled(const std::string& symbol) {
  if (!symbol.starts_with("_Z")) return symbol;
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status),
                                                    std::free);
  return status == 0 && text ? std::string(text.get()) : symbol;
}

/// Safe to print and to join with ';'.
std::string frame_text(std::string_view name) {
  std::string text = visible(name);
  std::replace(text.begin(), text.end(), ';', ',');
  return text;
}

/// glibc's allocator by place: stripped, it names only the public functions of malloc.o, whose internal ones lie before
/// and between them (the object starts where the function before `malloc` ends).
struct Range {
  std::uint64_t from = 0, to = 0;
  [[nodiscard]] bool holds(std::uint64_t offset) const { return offset >= from && offset < to; }
};

Range allocator_range(const host::FunctionTable& functions) {
  constexpr std::uint64_t most_bytes = 64U << 10U;
  const auto first = functions.find("malloc");
  const auto last = functions.find("malloc_info");
  if (!first || !last || last->offset < first->offset || last->offset - first->offset > most_bytes) return {};
  return {functions.end_of_function_before(first->offset), last->offset + last->bytes};
}

}  // namespace

struct UserCode::Module {
  std::string name;
  bool is_opened = false;
  bool is_all_there_is = false;  ///< its processes have no C library and no allocator library: it has its own
  host::Fd file;
  bool is_allocator = false, is_glibc = false;
  bool is_read = false;
  host::FunctionTable functions;
  Range allocator;
  std::map<std::uint64_t, CodePlace> places;  ///< by where the function starts, or the allocator's part without names

  void read() {
    if (std::exchange(is_read, true) || !file) return;
    if (auto table = host::FunctionTable::read(file)) functions = std::move(*table);
    if (is_glibc) allocator = allocator_range(functions);
    file.reset();
  }

  const CodePlace& place(std::uint64_t offset) {
    const auto function = functions.at(offset);
    const bool in_allocator = is_allocator || allocator.holds(offset);
    // Where no function is named, one place stands for all such addresses of the file.
    constexpr std::uint64_t nameless = ~std::uint64_t{0};
    const std::uint64_t key =
        function ? function->offset : nameless - (in_allocator ? 1 : 0) - (is_all_there_is ? 2 : 0);
    const auto [at, is_new] = places.try_emplace(key);
    if (!is_new) return at->second;
    CodePlace& place = at->second;
    const bool may_be_either = (is_all_there_is || is_glibc) && functions.empty();
    if (function) place.symbol = std::string(function->name);
    place.frame = function ? frame_text(demangled(place.symbol)) : "[" + name + "]";
    place.owner = in_allocator || is_allocator_function(place.symbol) ? CodeOwner::allocator
                  : may_be_either ? (is_opened ? CodeOwner::untold : CodeOwner::unread)
                  : is_glibc      ? CodeOwner::libc
                                  : CodeOwner::program;
    return place;
  }
};

void UserCode::learn(const host::Machine& machine, pid_t pid) {
  const auto maps = host::read_maps(machine.root, pid);
  if (!maps) return;
  auto list = std::make_shared<std::vector<Mapping>>();
  bool has_own_allocator = true;
  for (const host::Mapping& mapping : *maps) {
    if (!mapping.executable || mapping.inode == 0) continue;
    auto& module = modules_[{(mapping.device_major << 32U) | mapping.device_minor, mapping.inode}];
    if (!module) {
      const std::string_view name = file_name(mapping.path);
      module = std::make_shared<Module>();
      module->name = frame_text(name);
      module->is_allocator = is_allocator_library(name);
      module->is_glibc = is_glibc(name);
      if (auto file = open_mapped_file(machine, pid, mapping)) module->file = std::move(*file);
      module->is_opened = bool(module->file);
    }
    has_own_allocator = has_own_allocator && !module->is_allocator && !is_c_library(file_name(mapping.path));
    list->push_back({mapping.start, mapping.end, mapping.offset, module});
  }
  for (const Mapping& mapping : *list) mapping.module->is_all_there_is = has_own_allocator;
  mappings_[pid] = std::move(list);
}

void UserCode::inherit(pid_t child, pid_t parent) {
  const auto known = mappings_.find(parent);
  if (known == mappings_.end()) return;
  auto code = known->second;
  mappings_.insert_or_assign(child, std::move(code));  // the number may be that of an earlier process
}

void UserCode::forget(pid_t pid) { mappings_.erase(pid); }

bool UserCode::is_told(pid_t pid, const CodePlace& place) const {
  if (place.owner == CodeOwner::untold || place.owner == CodeOwner::unread) return false;
  return place.owner != CodeOwner::unknown || knows(pid);
}

const UserCode::Mapping* UserCode::mapping_of(pid_t pid, std::uint64_t address) const {
  const auto known = mappings_.find(pid);
  if (known == mappings_.end()) return nullptr;
  const auto& list = *known->second;  // in the order of addresses, as the kernel writes maps
  const auto after = std::upper_bound(list.begin(), list.end(), address,
                                      [](std::uint64_t key, const Mapping& mapping) { return key < mapping.start; });
  if (after == list.begin() || address >= std::prev(after)->end) return nullptr;
  return &*std::prev(after);
}

const CodePlace& UserCode::place(pid_t pid, std::uint64_t address) {
  const Mapping* mapping = mapping_of(pid, address);
  if (mapping == nullptr) return nowhere_;
  Module& module = *mapping->module;
  module.read();
  return module.place(address - mapping->start + mapping->offset);
}

}  // namespace faultline::target
