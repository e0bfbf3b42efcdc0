// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <sys/types.h>
#include <vector>

#include "advisor/host/machine.h"
#include "advisor/target/code_file.h"

namespace faultline::target {

/// Names of user addresses, by the mappings of processes and the symbols of the files mapped.
class UserCode {
 public:
  /// Reads which files a process has mapped to execute. It waits for the target's mmap_lock for a moment: to be called
  /// seldom, and not when a result is waited for.
  void learn(const host::Machine& machine, pid_t pid, CodeFiles& files);
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
  struct Mapping {
    std::uint64_t start, end, offset;
    bool has_own_allocator;  ///< its process has no C library and no allocator library
    std::shared_ptr<CodeFile> file;
  };
  const Mapping* mapping_of(pid_t pid, std::uint64_t address) const;
  std::map<pid_t, std::shared_ptr<const std::vector<Mapping>>> mappings_;
  CodePlace nowhere_{.symbol = {}, .frame = "[unknown]", .owner = CodeOwner::unknown};
};

}  // namespace faultline::target
