// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the programs of address_space.bpf.c and the code that reads their maps share. C, for both.

#define FAULTLINE_MOST_PROCESSES 8192
#define FAULTLINE_MOST_CONTENDED 1024
#define FAULTLINE_MOST_PAGES 16384
#define FAULTLINE_WAIT_SLOTS 40         // by powers of two: up to 18 minutes in ns, to 1 TiB in bytes
#define FAULTLINE_CALL_OF_ANOTHER (-2)  // a thread that is not the target's took its lock; -1 is no system call

// Which arguments of an allocator's function say the size: the cookie of a probe. AllocationEntry::Size has them by
// name.
#define FAULTLINE_SIZE_FIRST 0
#define FAULTLINE_SIZE_PRODUCT 1
#define FAULTLINE_SIZE_SECOND 2
#define FAULTLINE_SIZE_THIRD 3
#define FAULTLINE_SIZE_AGAIN 4
#define FAULTLINE_SIZE_AGAIN_OR_MALLOC 5
#define FAULTLINE_SIZE_ALIGNED_OR_MALLOC 6
#define FAULTLINE_SIZE_POSIX_OR_MALLOC 7
#define FAULTLINE_SIZE_SEEN_BEFORE 8  // the second instruction of a call whose first was hit
#define FAULTLINE_GLIBC_ALIGNMENT 16  // MALLOC_ALIGNMENT of 64-bit machines

/// Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4): neighbours are far apart in the high bits.
#define FAULTLINE_PAGE_HASH(number) (((number)*0x9E3779B97F4A7C15ULL) >> 40)

/// Waits at one target's mmap_lock. The queue for a CPU, once the lock was there, is apart.
struct faultline_waits {
  unsigned long long read_count, write_count;
  unsigned long long read_ns, write_ns, queued_ns;
  unsigned long long missed;  ///< more waited at once than there was place for
  unsigned long long by_log2_ns[FAULTLINE_WAIT_SLOTS];
};

/// A wait that has not ended.
struct faultline_wait {
  unsigned long long since_ns, queued_ns;
  unsigned int is_write, target;
};

struct faultline_contended {
  unsigned int target, process;
};

struct faultline_taker {
  unsigned int target;
  int call;  ///< number of the system call
  unsigned int advice;
};

/// A hold of a lock for writing that has not ended.
struct faultline_hold {
  struct faultline_taker taker;
  unsigned int thread;
  unsigned long long since_ns;
};

struct faultline_holds {
  unsigned long long count, held_ns;
};

struct faultline_faults {
  unsigned long long faults;        ///< all while they were watched
  unsigned long long pages_missed;  ///< sampled pages there was no place for
};

struct faultline_page {
  unsigned long long number;
  unsigned int process, target;
};

struct faultline_page_faults {
  unsigned int touches;  ///< the page was not there
  unsigned int copies;   ///< it was there and could not be written
};

/// Calls of a target's allocator while they were probed.
struct faultline_allocations {
  unsigned long long by_log2_bytes[FAULTLINE_WAIT_SLOTS];  ///< counted, by the size that was asked for
  unsigned long long beside;  ///< hits that were not counted: calls that others count, and second instructions
};

struct faultline_thread {
  unsigned long long faults;
  unsigned int target;
  char name[16];
};
