// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/prompt.h"

#include <pthread.h>

namespace faultline::host {

Prompt::Prompt() {
  (void)::pthread_getschedparam(::pthread_self(), &policy_, &before_);
  const sched_param least{.sched_priority = ::sched_get_priority_min(SCHED_FIFO)};
  (void)::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &least);
}

Prompt::~Prompt() { (void)::pthread_setschedparam(::pthread_self(), policy_, &before_); }

}  // namespace faultline::host
