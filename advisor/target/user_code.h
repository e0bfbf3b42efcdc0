// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <sys/types.h>
#include <utility>
#include <vector>

#include "advisor/host/function_table.h"
#include "advisor/host/machine.h"

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

/// Names of user addresses, by the mappings of processes and the symbol tables of the files mapped, both read once.
class UserCode {
 public:
  /// Reads which files a process has mapped to execute. It waits for the target's mmap_lock for a moment: to be called
  /// seldom, and not when a result is waited for.
  void learn(const host::Machine& machine, pid_t pid);
  /// A child that was born of a process has its parent's mappings until it calls exec.
  void inherit(pid_t child, pid_t parent);
  /// A process called exec: what was read of it is of another program.
  void forget(pid_t pid);
  /// Whether a place of a process says that its code is of the allocator, or that it is not.
  [[nodiscard]] bool is_told(pid_t pid, const CodePlace& place) const;
  [[nodiscard]] bool knows(pid_t pid) const { return mappings_.contains(pid); }

  /// Where an address is. The first one in a file reads the file's symbols. Valid as long as this object.
  const CodePlace& place(pid_t pid, std::uint64_t address);

 private:
  struct Module;
  struct Mapping {
    std::uint64_t start, end, offset;
    std::shared_ptr<Module> module;
  };
  using FileKey = std::pair<std::uint64_t, std::uint64_t>;  ///< device and inode
  const Mapping* mapping_of(pid_t pid, std::uint64_t address) const;
  std::map<pid_t, std::shared_ptr<const std::vector<Mapping>>> mappings_;
  std::map<FileKey, std::shared_ptr<Module>> modules_;
  CodePlace nowhere_{.symbol = {}, .frame = "[unknown]", .owner = CodeOwner::unknown};
};

}  // namespace faultline::target
