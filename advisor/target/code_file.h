// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <tuple>

#include "advisor/host/by_file.h"
#include "advisor/host/fd.h"
#include "advisor/host/function_table.h"
#include "advisor/host/machine.h"
#include "advisor/host/proc.h"

namespace faultline::target {

/// Whose code an address is in.
enum class CodeOwner {
  program,    ///< the executable or any library that is no allocator
  allocator,  ///< malloc and what it calls, an allocator library, an allocator linked into the executable
  libc,       ///< glibc, outside its allocator
  untold,     ///< in a static program without symbols: its own code, or the allocator that is linked in
  unread,     ///< in a file that could not be read and has the allocator in it
  unknown     ///< not in a mapped file: code made at run time, or a process that could not be read
};

struct CodePlace {
  std::string symbol;  ///< as in the symbol table; empty when the file does not name the function
  std::string frame;   ///< for people: the function demangled, else "[file name]", else "[unknown]"; no ';' in it
  CodeOwner owner = CodeOwner::unknown;
};

/// A file that processes have mapped to execute, and what its symbols say of its addresses.
class CodeFile {
 public:
  /// Without an open file its addresses have no names.
  CodeFile(std::string_view path, host::Fd file);
  /// The first one reads the file's symbols. Valid as long as this object. `has_own_allocator`: of a process without a
  /// C library and without an allocator library, whose allocator must be in the file itself.
  const CodePlace& place(std::uint64_t offset, bool has_own_allocator = false);
  [[nodiscard]] bool is_libc_or_allocator() const { return is_allocator_ || is_c_library_; }
  /// Nobody wrote to it since it was opened. As long as it is open no other file gets its inode's number.
  [[nodiscard]] bool is_unchanged() const { return id_ && host::id_of(file_) == id_; }

 private:
  struct Range {
    std::uint64_t from = 0, to = 0;
    [[nodiscard]] bool holds(std::uint64_t offset) const { return offset >= from && offset < to; }
  };
  static Range allocator_range(const host::FunctionTable& functions);
  void read();
  std::string name_;
  host::Fd file_;
  std::optional<host::FileId> id_;
  bool is_allocator_ = false, is_c_library_ = false, is_glibc_ = false;
  bool is_read_ = false;
  host::FunctionTable functions_;
  Range allocator_;
  std::map<std::uint64_t, CodePlace> places_;  ///< by where the function starts, or the allocator's part without names
};

/// The files that the processes of all targets have mapped to execute: each is opened and read once.
class CodeFiles {
 public:
  /// The file behind a mapping; never null.
  std::shared_ptr<CodeFile> of(const host::Machine& machine, pid_t pid, const host::Mapping& mapping);

 private:
  using Key = std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::string>;  ///< device, inode, name
  std::map<Key, std::shared_ptr<CodeFile>> files_;
};

}  // namespace faultline::target
