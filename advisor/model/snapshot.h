// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "advisor/model/fact.h"

namespace faultline {

struct Host {
  std::string kernel;        ///< uname -r
  std::string architecture;  ///< uname -m
  unsigned cpus = 0;         ///< online CPUs
  unsigned numa_nodes = 0;   ///< nodes with memory
  std::uint64_t page_bytes = 0;
  std::optional<double> ns_per_fault;  ///< calibrated first touch of one anonymous page, here, now
};

/// What the target runs. Of a target of several processes: the main one, or the one with most CPU time.
struct Process {
  std::int32_t pid = 0;
  std::uint64_t start_ticks = 0;   ///< /proc/PID/stat field 22, clock ticks after boot
  std::string exe;                 ///< /proc/PID/exe, control characters escaped; empty when unreadable
  std::string comm;                ///< control characters escaped
  unsigned threads = 0;            ///< of all processes of the target, at the window's end
  unsigned processes = 0;          ///< at the window's end
  std::string cgroup;              ///< v2 path, or the v1 path of the cpu controller; "/" is the root
  std::string runtime;             ///< "native", "go", "jvm", "python", "node", "ruby", "dotnet", "unknown"
  std::string libc;                ///< "glibc 2.36", "musl", "static", "unknown"
  std::string allocator;           ///< "glibc", "jemalloc", "tcmalloc", "mimalloc", "go", "musl", "unknown"
  std::string linkage;             ///< "dynamic", "static", "unknown"
  std::optional<bool> secure;      ///< AT_SECURE: the loader ignores LD_PRELOAD and MALLOC_* then
  std::optional<unsigned> arenas;  ///< glibc arenas, the main one counted; upper bound from the maps
  std::map<std::string, std::string> environment;  ///< only the allow-listed tuning variables
};

/// One EnvironmentFile= of a unit, with those of its assignments that are tuning variables.
struct EnvironmentFile {
  std::string path;
  bool optional = false;                    ///< "-" prefix: may be missing
  bool readable = false;                    ///< false: what it sets is unknown
  std::map<std::string, std::string> sets;  ///< allow-listed variables only
};

/// What systemd says of the unit, as far as a drop-in depends on it.
struct Unit {
  std::string id;               ///< canonical name, e.g. "rewards.service", "worker@3.service"
  std::string load_state;       ///< "loaded", "masked", "not-found", …
  std::string active_state;     ///< "active", …
  std::string unit_file_state;  ///< "enabled", "static", "generated", "transient", …
  std::string fragment_path;
  std::vector<std::string> drop_in_paths;          ///< in the order systemd applies them
  std::map<std::string, std::string> environment;  ///< Environment= as merged by systemd; allow-listed only
  std::vector<EnvironmentFile> environment_files;
  std::vector<std::string> unset_environment;  ///< names in UnsetEnvironment=
  std::string user;
  std::string control_group;
  std::int32_t main_pid = 0;
  bool transient = false;
  std::optional<double> cpu_quota_cores;   ///< CPUQuota= in cores; nothing when there is none
  std::optional<std::string> own_drop_in;  ///< content of our zz-faultline.conf in /etc when it exists
};

struct ObserverCost {
  double cpu_seconds = 0;              ///< our own user and system time over the window
  std::optional<double> target_share;  ///< our estimate of what the target lost, as a share of its CPU time
};

struct Window {
  std::string start_utc;     ///< ISO 8601, to the millisecond
  double seconds = 0;        ///< as measured
  double asked_seconds = 0;  ///< as asked
  unsigned slices = 0;
  std::string ended_early;  ///< why it closed before its time, e.g. "the process ended after 3.2 s"; or empty
  ObserverCost observer_cost;
};

/// One call stack, root first, frames joined by ';' (flame-graph "folded" form), and how often it was seen.
struct FoldedStack {
  std::string frames;
  std::uint64_t samples = 0;
};

/// All that is known of one target over one window. The hand-over between `measure` and `diagnose`.
struct Snapshot {
  std::string faultline_version;
  Host host;
  std::string target;  ///< canonical TARGET string: "rewards.service", "pid:41", "cgroup:/a/b", "command:NAME"
  Process process;
  std::optional<Unit> unit;
  Window window;
  FactSet facts;
  std::vector<FoldedStack> stacks;  ///< most frequent first
};

}  // namespace faultline
