// SPDX-License-Identifier: Apache-2.0
#include "advisor/target/code_file.h"

#include <algorithm>
#include <cstdlib>
#include <cxxabi.h>
#include <string_view>
#include <utility>

#include "advisor/model/text.h"
#include "advisor/target/allocator_functions.h"
#include "advisor/target/mapped_file.h"

namespace faultline::target {
namespace {

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

}  // namespace

CodeFile::CodeFile(std::string_view path, host::Fd file) : file_(std::move(file)), id_(host::id_of(file_)) {
  const std::string_view name = mapped_file_name(path);
  name_ = frame_text(name);
  is_allocator_ = is_allocator_library(name);
  is_c_library_ = is_c_library(name);
  is_glibc_ = is_glibc(name);
}

/// glibc's allocator by place: stripped, it names only the public functions of malloc.o, whose internal ones lie before
/// and between them (the object starts where the function before `malloc` ends).
CodeFile::Range CodeFile::allocator_range(const host::FunctionTable& functions) {
  constexpr std::uint64_t most_bytes = 64U << 10U;
  const auto first = functions.find("malloc");
  const auto last = functions.find("malloc_info");
  if (!first || !last || last->offset < first->offset || last->offset - first->offset > most_bytes) return {};
  return {functions.end_of_function_before(first->offset), last->offset + last->bytes};
}

void CodeFile::read() {
  if (std::exchange(is_read_, true) || !file_) return;
  if (auto table = host::FunctionTable::read(file_)) functions_ = std::move(*table);
  if (is_glibc_) allocator_ = allocator_range(functions_);
}

const CodePlace& CodeFile::place(std::uint64_t offset, bool has_own_allocator) {
  read();
  const auto function = functions_.at(offset);
  const bool in_allocator = is_allocator_ || allocator_.holds(offset);
  // Where no function is named, one place stands for all such addresses of the file.
  constexpr std::uint64_t nameless = ~std::uint64_t{0};
  const std::uint64_t key =
      function ? function->offset : nameless - (in_allocator ? 1 : 0) - (has_own_allocator ? 2 : 0);
  const auto [at, is_new] = places_.try_emplace(key);
  if (!is_new) return at->second;
  CodePlace& place = at->second;
  if (function) place.symbol = std::string(function->name);
  place.frame = function ? frame_text(demangled(place.symbol)) : "[" + name_ + "]";
  const bool may_be_either = (has_own_allocator || is_glibc_) && functions_.empty();
  place.owner = in_allocator || is_allocator_function(place.symbol) ? CodeOwner::allocator
                : may_be_either                                     ? (file_ ? CodeOwner::untold : CodeOwner::unread)
                : is_glibc_                                         ? CodeOwner::libc
                                                                    : CodeOwner::program;
  return place;
}

std::shared_ptr<CodeFile> CodeFiles::of(const host::Machine& machine, pid_t pid, const host::Mapping& mapping) {
  // The name too: of hard links to one file only some may be called as an allocator is.
  Key key{mapping.device_major, mapping.device_minor, mapping.inode, std::string(mapped_file_name(mapping.path))};
  const auto known = files_.find(key);
  if (known != files_.end() && known->second->is_unchanged()) return known->second;
  auto file = open_mapped_file(machine, pid, mapping);
  if (!file) return std::make_shared<CodeFile>(mapping.path, host::Fd());
  auto fresh = std::make_shared<CodeFile>(mapping.path, std::move(*file));
  files_.insert_or_assign(std::move(key), fresh);
  return fresh;
}

}  // namespace faultline::target
