// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/own_cpu.h"

#include <initializer_list>
#include <sys/resource.h>

namespace faultline::host {

double own_cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  double seconds = 0;
  for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
    seconds += static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  }
  return seconds;
}

}  // namespace faultline::host
