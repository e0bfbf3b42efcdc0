// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

#include "advisor/host/fd.h"

namespace faultline::host {

// include/uapi/linux/bpf.h, BPF_TRACE_UPROBE_MULTI: newer than the headers that this may be built with.
inline constexpr std::uint32_t uprobe_multi = 48;

/// Whether a kernel of this release has it.
bool has_uprobe_multi(const std::string& kernel);

/// Where in a file, and what the program is told there (bpf_get_attach_cookie).
struct UprobeAt {
  std::uint64_t offset = 0, cookie = 0;
};

/// Links of a BPF program to code of processes. The end of a link restores the code at once and then waits for RCU
/// (kernel/trace/bpf_trace.c, bpf_uprobe_unregister), so that it is left to threads.
class UprobeLinks {
 public:
  /// 0 or an errno. All of a file's places at once; in the memory of this process alone.
  int add(int program, pid_t process, const Fd& file, const std::vector<UprobeAt>& places);
  void begin_end();
  void wait_end();

 private:
  std::vector<Fd> links_;
  std::vector<std::jthread> ending_;
};

}  // namespace faultline::host
