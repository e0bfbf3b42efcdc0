// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// Names addresses of kernel code. Run on request, attached to nothing.

// linux/bpf.h has the types that the others are written in.
// clang-format off
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
// clang-format on

#include "kernel_names.h"

char accepted_licence[] SEC("license") = "Dual BSD/GPL";

__u64 addresses[FAULTLINE_NAMES_A_RUN] = {};
char names[FAULTLINE_NAMES_A_RUN][FAULTLINE_NAME_BYTES] = {};

/// "handle_mm_fault+0x1d/0x2e0", " [module]" after it.
static const char name_offset_and_size[] = "%pS";

SEC("syscall")
int name_addresses(void* context) {
  (void)context;
  for (int i = 0; i < FAULTLINE_NAMES_A_RUN; ++i) {
    __u64 address = addresses[i];
    names[i][0] = 0;
    if (address) {
      bpf_snprintf(names[i], sizeof names[i], name_offset_and_size, &address, sizeof address);
    }
  }
  return 0;
}
