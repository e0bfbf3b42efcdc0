// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the programs of address_space.bpf.c and the code that reads their maps share. C, for both.

#define FAULTLINE_MOST_PROCESSES 8192
#define FAULTLINE_MOST_CONTENDED 1024
#define FAULTLINE_MOST_PAGES 16384
#define FAULTLINE_WAIT_SLOTS 40         // by powers of two of ns: up to 18 minutes
#define FAULTLINE_CALL_OF_ANOTHER (-2)  // a thread that is not the target's took its lock; -1 is no system call

/// Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4): neighbours are far apart in the high bits.
#define FAULTLINE_PAGE_HASH(number) (((number)*0x9E3779B97F4A7C15ULL) >> 40)

/// Waits at one target's mmap_lock. The queue for a CPU, once the lock was there, is apart.
struct faultline_waits {
  unsigned long long read_count, write_count;
  unsigned long long read_ns, write_ns, queued_ns;
  unsigned long long missed;  ///< more waited at once than there was place for
  unsigned long long by_log2_ns[FAULTLINE_WAIT_SLOTS];
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

struct faultline_thread {
  unsigned long long faults;
  unsigned int target;
  char name[16];
};
