// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/types.h>
#include <variant>
#include <vector>

namespace faultline::host {

/// One thread seen on a CPU.
struct Sample {
  std::uint64_t time_ns = 0;  ///< CLOCK_MONOTONIC
  pid_t pid = 0, tid = 0;
  std::vector<std::uint64_t> kernel;  ///< instruction addresses, the innermost first; empty in user mode
  std::vector<std::uint64_t> user;    ///< the same of the user's stack; beyond the first only with frame pointers
  /// Behind a system call's wrapper the address it returns to: the word on top of the stack (x86), the link register
  /// (arm64). 0 where it was not to be had.
  std::uint64_t user_return = 0;
  /// Words of the user's stack, the top first; of samples in the kernel only.
  std::vector<std::uint64_t> user_stack;
};

/// A thread or process was started: `pid` equals `parent_pid` for a thread.
struct Birth {
  std::uint64_t time_ns = 0;
  pid_t pid = 0, tid = 0, parent_pid = 0, parent_tid = 0;
};

/// A thread ended; the last one of its process when tid equals pid and no other is left.
struct Death {
  std::uint64_t time_ns = 0;
  pid_t pid = 0, tid = 0;
};

/// A process called exec: its address space is that of another program now.
struct Exec {
  std::uint64_t time_ns = 0;
  pid_t pid = 0;
};

/// Records that the kernel could not store because the buffer was full.
struct Lost {
  std::uint64_t count = 0;
};

using Record = std::variant<Sample, Birth, Death, Exec, Lost>;

/// What the samplers of perf_event.h ask for: attr.sample_type and attr.sample_regs_user. The parser below reads
/// exactly these.
extern const std::uint64_t sample_fields;
std::uint64_t sampled_registers();

/// A record of the ring buffer, header included (perf_event_open(2), PERF_RECORD_*). Nothing for kinds that are not
/// of interest and for what is cut short.
std::optional<Record> parse_record(std::string_view bytes);

}  // namespace faultline::host
