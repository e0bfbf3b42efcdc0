// SPDX-License-Identifier: Apache-2.0
/// How much of a target is read at a look in the window. Beyond it only the window's ends are read: what the ladder
/// costs must not grow with the target.
#pragma once

#include <cstddef>

namespace faultline {

/// Of each thread a small file of /proc or two, some 10 to 20 us.
inline constexpr std::size_t most_threads_by_slice = 512;

/// Writing one /proc/PID/task/TID/sched takes the kernel some 30 us (kernel/sched/debug.c, proc_sched_show_task).
inline constexpr std::size_t most_threads_for_sched = 512;

/// Of each process two small files. With few processes each drain reads them, so that one that ends leaves little
/// unseen.
inline constexpr std::size_t most_processes_by_drain = 8;

}  // namespace faultline
