// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <sys/types.h>
#include <vector>

#include "advisor/host/perf_ring.h"
#include "advisor/model/result.h"

namespace faultline::host {

struct SampledFault {
  pid_t process = 0;
  std::uint64_t address = 0;
};

/// Faults since the last look, and those that there was no room for.
struct FaultBatch {
  std::vector<SampledFault> faults;
  std::uint64_t lost = 0;
};

/// Records of the kernel's software event, one for each minor fault of a thread, with the address: what an ordinary
/// user may have of the user's own processes, and a kernel without BPF of all. It does not tell a page that is not
/// there from one that may not be written. Records from open() until its end.
class FaultSampler {
 public:
  /// Faults in system calls are among them where the kernel's side may be seen. Errors: permission, gone (no such
  /// thread), io.
  static Result<FaultSampler> open(pid_t thread);
  FaultBatch take();

 private:
  explicit FaultSampler(PerfRing ring) : ring_(std::move(ring)) {}
  PerfRing ring_;
};

}  // namespace faultline::host
