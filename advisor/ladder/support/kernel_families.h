// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace faultline {

/// What the kernel was doing for a thread when it was sampled. A sample can be in several.
enum class KernelWork : std::uint8_t {
  fault,       ///< in the page-fault path
  fault_anon,  ///< …of anonymous memory: first touch or touch again after it was given back
  fault_cow,   ///< …copying a page that is shared since a fork or with a file
  fault_file,  ///< …of file or shared memory
  fault_swap,  ///< …bringing a page back from swap
  fault_numa,  ///< …of a NUMA hint
  give_back,   ///< madvise that frees, munmap, mmap over what was there, mremap, a shrinking brk
  grow,        ///< mmap, mprotect, a growing brk
  exit,        ///< tearing down an address space: exit or exec
  reclaim,     ///< direct reclaim or compaction, for an allocation of its own
  lock_spin,   ///< spinning for mmap_lock or going to sleep at it; none of the others then
};
inline constexpr std::size_t kinds_of_kernel_work = 11;

/// A set of them.
class KernelWorks {
 public:
  void add(KernelWork work) { bits_ |= bit(work); }
  void remove(KernelWork work) { bits_ &= ~bit(work); }
  [[nodiscard]] bool has(KernelWork work) const { return (bits_ & bit(work)) != 0; }
  [[nodiscard]] bool has_fault_kind() const;

 private:
  static unsigned bit(KernelWork work) { return 1U << static_cast<unsigned>(work); }
  unsigned bits_ = 0;
};

/// By any frame of the kernel's stack, never by the leaf alone: which function clears a page differs from version to
/// version and is inlined in some (KernelSymbols' names, compiler suffixes removed).
KernelWorks classify(const std::vector<std::string_view>& kernel_frames);

}  // namespace faultline
