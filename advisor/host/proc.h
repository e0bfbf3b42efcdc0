// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "advisor/host/root.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// /proc/PID/stat, proc_pid_stat(5). Readable by any user unless hidepid is set.
struct ProcStat {
  pid_t pid = 0;
  std::string comm;  ///< raw bytes, may hold anything
  char state = '?';  ///< 'Z' zombie, 'X' dead
  pid_t parent = 0;
  pid_t group = 0;                 ///< process group
  std::uint64_t flags = 0;         ///< PF_KTHREAD 0x00200000 marks a kernel thread
  std::uint64_t minor_faults = 0;  ///< of all threads, those that ended too
  std::uint64_t major_faults = 0;
  double cpu_seconds = 0;  ///< user and system, all threads
  unsigned threads = 0;
  std::uint64_t start_ticks = 0;
  [[nodiscard]] bool kernel_thread() const { return (flags & 0x00200000U) != 0; }
  /// A main thread that ended before others is a zombie too, in a process that runs: its threads tell.
  [[nodiscard]] bool ended() const { return (state == 'Z' || state == 'X') && threads <= 1; }
};

/// /proc/PID/status, proc_pid_status(5). Sizes in bytes; absent for zombies and kernel threads.
struct ProcStatus {
  std::optional<std::uint64_t> size_bytes, rss_bytes, rss_anon_bytes, rss_file_bytes, rss_shmem_bytes, hwm_bytes,
      locked_bytes, swap_bytes;
  uid_t uid = 0;                                                   ///< real
  std::uint64_t voluntary_switches = 0, involuntary_switches = 0;  ///< of this thread only
};

/// One line of /proc/PID/maps.
struct Mapping {
  std::uint64_t start = 0, end = 0, offset = 0;
  bool readable = false, writable = false, executable = false, shared = false;
  std::uint64_t device_major = 0, device_minor = 0, inode = 0;
  std::string path;  ///< raw, "" for anonymous, "[heap]", "[stack]", "…(deleted)"
};

/// Time a thread spent running and waiting for a CPU, /proc/PID/task/TID/schedstat
/// (Documentation/scheduler/sched-stats.rst).
struct SchedStat {
  std::uint64_t run_ns = 0, wait_ns = 0, timeslices = 0;
};

Result<ProcStat> read_stat(const Root& root, pid_t pid);
Result<ProcStatus> read_status(const Root& root, pid_t pid);
/// Of one thread: its own name and faults.
Result<ProcStat> read_thread_stat(const Root& root, pid_t pid, pid_t tid);
/// Of one thread: its switches; all else is of the process.
Result<ProcStatus> read_thread_status(const Root& root, pid_t pid, pid_t tid);
Result<std::vector<pid_t>> list_threads(const Root& root, pid_t pid);
Result<std::vector<pid_t>> list_processes(const Root& root);
Result<SchedStat> read_schedstat(const Root& root, pid_t pid, pid_t tid);
/// Moves of a thread between CPUs since it was born, /proc/PID/task/TID/sched. Errors: unsupported without
/// CONFIG_SCHED_DEBUG.
Result<std::uint64_t> read_migrations(const Root& root, pid_t pid, pid_t tid);
Result<std::vector<Mapping>> read_maps(const Root& root, pid_t pid);
/// AnonHugePages of smaps_rollup, bytes. Walks the page tables under the target's mmap_lock: use once, not by slice.
Result<std::uint64_t> read_anon_huge_bytes(const Root& root, pid_t pid);
/// AT_SECURE (entry 23) of /proc/PID/auxv. Needs PTRACE_MODE_READ.
Result<bool> read_at_secure(const Root& root, pid_t pid);
/// Only variables for which `allowed` is true; values longer than 4 KiB are dropped. Needs PTRACE_MODE_READ.
Result<std::map<std::string, std::string>> read_environment(const Root& root, pid_t pid,
                                                            bool (*allowed)(std::string_view name));
/// /proc/PID/cgroup: hierarchy's controllers ("" for v2) -> path.
Result<std::map<std::string, std::string>> read_cgroups(const Root& root, pid_t pid);

// The parsers, apart from their files, for tests and fuzzing.
Result<ProcStat> parse_stat(std::string_view text);
Result<ProcStatus> parse_status(std::string_view text);
Result<std::vector<Mapping>> parse_maps(std::string_view text);
Result<std::map<std::string, std::string>> parse_cgroups(std::string_view text);

}  // namespace faultline::host
