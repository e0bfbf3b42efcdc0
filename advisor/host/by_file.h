// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "advisor/host/fd.h"

namespace faultline::host {

/// What tells a file from another, and from itself before it was written to. The number of an inode is given again once
/// its file is gone; the time of the inode's last change is then another.
struct FileId {
  std::uint64_t device = 0, inode = 0, size_bytes = 0;
  std::int64_t modified_ns = 0, changed_ns = 0;
  [[nodiscard]] auto whole() const { return std::tie(device, inode, size_bytes, modified_ns, changed_ns); }
  friend bool operator==(const FileId& a, const FileId& b) { return a.whole() == b.whole(); }
  friend bool operator<(const FileId& a, const FileId& b) { return a.whole() < b.whole(); }
};

/// Nothing where the kernel does not say.
std::optional<FileId> id_of(const Fd& file);

/// What was read of files: once for each, however many processes have it.
template <class Value>
class ByFile {
 public:
  /// As `read(file)` says it, or said it of the same file.
  template <class Read>
  Value of(const Fd& file, Read read) {
    const auto id = id_of(file);
    if (!id) return read(file);
    if (const auto known = known_.find(*id); known != known_.end()) return known->second;
    return known_.emplace(*id, read(file)).first->second;
  }

 private:
  std::map<FileId, Value> known_;
};

}  // namespace faultline::host
