// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <sys/types.h>

#include "advisor/host/fd.h"
#include "advisor/model/result.h"

namespace faultline::host {

/// Software events that the kernel counts for a task, perf_event_open(2).
enum class Counted { minor_faults, major_faults, task_clock_ns, context_switches, cpu_migrations };

/// Counts an event for one thread and, with `inherit`, for every thread and process that it starts from now on.
/// Counting begins at once. Errors: permission, gone (no such thread), io.
Result<Fd> open_counter(Counted what, pid_t thread, bool inherit);
/// The CPU time of one thread and of those that it starts in its process (Linux 5.13). Errors: as open_counter().
Result<Fd> open_thread_clock(pid_t thread);
/// The count so far, that of inherited children included, also after the thread ended. Errors: io.
Result<std::uint64_t> read_counter(const Fd& counter);

/// An event of the CPU, as perf_event_attr names it.
struct HardwareEvent {
  std::uint32_t type = 0;
  std::uint64_t config = 0;
};
/// Counts it for one thread and for every thread and process that it starts from now on, user and kernel. Begins at
/// once. Errors: permission, gone, io (the CPU does not have it).
Result<Fd> open_hardware_counter(HardwareEvent event, pid_t thread);
/// The count so far, scaled up where the event shared a counter with others. Errors: io.
Result<double> read_hardware_counter(const Fd& counter);

/// Who is sampled: all threads of one CPU (thread -1), or one thread on every CPU (cpu -1).
struct SampledScope {
  pid_t thread = -1;
  int cpu = -1;
};
/// Opens a sampler of the CPU's clock: `hertz` samples a second of CPU time with call chains, the user's stack pointer
/// and the top of the stack, and a record of each fork and exit. Stopped until start_events(). With `user_only` neither
/// kernel time nor kernel frames are in it. Errors: permission, gone, io.
Result<Fd> open_sampler(SampledScope scope, unsigned hertz, bool user_only);
/// Records each minor fault of one thread with its address, sample_type TID and ADDR. Begins at once. Errors:
/// permission, gone, io.
Result<Fd> open_fault_sampler(pid_t thread);
/// Errors: io.
Result<void> start_events(const Fd& event);
Result<void> stop_events(const Fd& event);

/// The top of the user's stack that comes with a sample: enough for the return address of a system call's wrapper, and
/// for those of the few functions of libc behind it.
inline constexpr std::size_t sampled_stack_bytes = 512;
/// Frames of a sample, kernel and user together.
inline constexpr std::size_t most_frames = 64;

}  // namespace faultline::host
