// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sched.h>

namespace faultline::host {

/// While it lives the calling thread, and those that it starts, run as soon as they are woken, where that is allowed
/// (sched(7), SCHED_FIFO): breakpoints that wait for a CPU to be taken away are hit meanwhile.
class Prompt {
 public:
  Prompt();
  ~Prompt();
  Prompt(const Prompt&) = delete;
  Prompt& operator=(const Prompt&) = delete;

 private:
  int policy_ = SCHED_OTHER;
  sched_param before_{};
};

}  // namespace faultline::host
