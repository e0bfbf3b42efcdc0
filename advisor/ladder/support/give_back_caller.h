// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "advisor/host/perf_records.h"
#include "advisor/target/user_code.h"

namespace faultline {

enum class GiveBackCaller { allocator, program, unknown };

/// Who made a system call that gives memory back. The thread was sampled in the kernel, its user address is in libc's
/// wrapper of the call, and the word on its stack is where the wrapper returns to: into the allocator, or into the
/// program. Code that makes the call itself is the caller.
GiveBackCaller give_back_caller(target::UserCode& code, const host::Sample& sample);

}  // namespace faultline
