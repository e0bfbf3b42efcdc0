// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <sys/types.h>

#include "advisor/host/root.h"

namespace faultline::host {

/// "/proc/PID", or where its main thread ended before others (pthread_exit(3)) the folder of one of these below it:
/// what the kernel says of an address space, and of the files that it is made of, is of a thread that still has one.
std::string memory_folder(const Root& root, pid_t pid);

}  // namespace faultline::host
