// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "advisor/host/fd.h"
#include "advisor/host/machine.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// Waits of a target's own threads at its mmap_lock while they were watched. Time in the queue for a CPU, once the
/// lock could be had, is apart: schedstat counts it too.
struct LockWaits {
  std::uint64_t reads = 0, writes = 0;
  double read_seconds = 0, write_seconds = 0;
  double queued_seconds = 0;
  std::uint64_t missed = 0;                       ///< waits for whose start there was no place
  std::array<std::uint64_t, 40> by_log2_ns = {};  ///< waits of 2^i to 2^(i+1) ns, the queue for a CPU included
};

/// Holds of a target's mmap_lock for writing while they were watched.
struct LockTaker {
  static constexpr int no_call = -1;          ///< outside of a system call: a fault that grows the stack, for one
  static constexpr int another_process = -2;  ///< a thread that is not the target's
  int call = no_call;                         ///< number of the system call of this architecture
  unsigned advice = 0;                        ///< madvise(2)'s; else 0
  std::uint64_t count = 0;
  double held_seconds = 0;  ///< until it was given back, or readers were let in
};

/// Faults while they were watched.
struct FaultCounts {
  std::uint64_t faults = 0;        ///< on any page
  std::uint64_t pages_missed = 0;  ///< pages of the sample that there was no place for
};

/// A page of the sample: every fault on it was counted while faults were watched.
struct SampledPage {
  pid_t process = 0;
  std::uint64_t address = 0;
  std::uint32_t touches = 0;  ///< the page was not there
  std::uint32_t copies = 0;   ///< it was there and could not be written
};

struct FaultingThread {
  std::string name;
  std::uint64_t faults = 0;  ///< on pages of the sample
};

/// Where a function of an allocator begins, and which of its arguments say how many bytes are asked for.
struct AllocationEntry {
  /// glibc's realloc(NULL, n) and its aligned functions at small alignments call malloc, which counts them
  /// (malloc/malloc.c, __libc_realloc, _mid_memalign): those are "or_malloc". realloc(p, 0) gives back.
  enum class Size {
    first,              ///< malloc(n), operator new
    product,            ///< calloc(n, m)
    second,             ///< aligned_alloc(a, n), memalign
    third,              ///< posix_memalign(p, a, n)
    again,              ///< realloc(p, n)
    again_or_malloc,    ///< realloc of glibc
    aligned_or_malloc,  ///< aligned_alloc, memalign of glibc
    posix_or_malloc     ///< posix_memalign of glibc
  };
  Size size = Size::first;
  // Of the instructions to probe, in the file: advisor/host/probe_site.h.
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> second = {};  ///< runs once after it at each call
};

/// Calls of a target's allocator since the probe was opened.
struct AllocationCounts {
  std::array<std::uint64_t, 40> by_log2_bytes = {};  ///< counted calls for 2^i to 2^(i+1)-1 bytes; 0 is with 1
  std::uint64_t counted = 0;
  std::uint64_t hits = 0;  ///< all that cost the target something: second instructions and what others count too
};

/// BPF programs that see what threads do with their address spaces: advisor/host/bpf/address_space.bpf.c. For any
/// number of targets at once; a target is an index below the number given to open(). Each part is attached for itself,
/// as each costs something while it is.
class AddressSpaceProbe {
 public:
  enum class Part {
    lock_waits,   ///< runs when a thread of the host sleeps at a lock, and when it goes on
    lock_takers,  ///< runs each time an mmap_lock of the host is taken or given back
    faults        ///< runs at each fault of the host
  };

  /// Loads the programs; nothing runs before attach(). Some 40 ms of CPU time, most of it for the kernel's type
  /// information. Errors: unsupported (built without BPF, a kernel without BTF, another PID namespace), permission, io.
  static Result<AddressSpaceProbe> open(const Machine& machine, unsigned targets);
  AddressSpaceProbe(AddressSpaceProbe&&) noexcept;
  AddressSpaceProbe& operator=(AddressSpaceProbe&&) noexcept;
  ~AddressSpaceProbe();

  /// A process belongs to a target from now on. Beyond 8192 processes it is not followed: false.
  bool follow(pid_t process, unsigned target);
  /// Processes ended: their numbers may come again.
  void forget(const std::vector<pid_t>& processes);

  /// Errors: unsupported where the kernel has no such tracepoint (lock:contention_begin came with Linux 5.19, faults
  /// have one on x86), permission, io.
  Result<void> attach(Part part);
  void detach(Part part);
  [[nodiscard]] bool attached(Part part) const;
  /// One page in 2^bits is sampled from now on, chosen by a hash of its number, so that those of a larger `bits` are
  /// among those of a smaller: what is known of them stays, the others are forgotten.
  Result<void> sample_pages(unsigned bits);

  enum class Site { first, second };
  /// Puts breakpoints on entries of a file, into the memory of this process alone, until detach_entries(); all threads
  /// of the process run into them. `file` is the one that the process has mapped. For each entry the mmap_lock of each
  /// process that maps the file is taken (kernel/events/uprobes.c, register_for_each_vma), and so it is at the end.
  /// One link for all, as taking away a link waits for RCU, some 100 ms, while the breakpoints of the next are still
  /// hit. Entries that have no such site are passed by. Errors: gone, unsupported (before Linux 6.6), permission, io.
  Result<void> attach_entries(pid_t process, const Fd& file, const std::vector<AllocationEntry>& entries, Site site);
  /// Breakpoints go at once, in the background; until wait_detached() some may still be hit.
  void detach_entries(Site site);
  void wait_detached();

  /// Waits for any lock of the host, of any process, that lock_waits has run for: what it costs goes by these.
  [[nodiscard]] std::uint64_t contentions() const;

  // What was seen so far. Errors: io.
  [[nodiscard]] Result<LockWaits> lock_waits(unsigned target) const;
  [[nodiscard]] Result<std::vector<LockTaker>> lock_takers(unsigned target) const;
  [[nodiscard]] Result<FaultCounts> faults(unsigned target) const;
  [[nodiscard]] Result<std::vector<SampledPage>> pages(unsigned target) const;
  [[nodiscard]] Result<std::vector<FaultingThread>> threads(unsigned target) const;
  [[nodiscard]] Result<AllocationCounts> allocations(unsigned target) const;
  /// An index of allocations() beside those of the targets, for measuring on ourselves what a hit costs.
  [[nodiscard]] unsigned spare_target() const;

 private:
  struct Object;
  explicit AddressSpaceProbe(std::unique_ptr<Object> object);
  std::unique_ptr<Object> object_;
};

}  // namespace faultline::host
