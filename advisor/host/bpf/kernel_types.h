// SPDX-License-Identifier: Apache-2.0
#pragma once
// The few fields of the kernel's types that the programs read; where they are is looked up in its type information when
// a program is loaded (CO-RE), so neither vmlinux.h nor the running kernel is needed to build.

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct rw_semaphore {
  int unused;
};
struct mm_struct {
  struct rw_semaphore mmap_lock;
};
struct sched_info {
  unsigned long long run_delay;
};
struct task_struct {
  struct mm_struct* mm;
  struct sched_info sched_info;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
  unsigned long dx, si, di;
  unsigned long orig_ax;
};
#define FAULTLINE_ARGUMENT_1(regs) ((regs)->di)
#define FAULTLINE_ARGUMENT_2(regs) ((regs)->si)
#define FAULTLINE_ARGUMENT_3(regs) ((regs)->dx)
#define FAULTLINE_CALL(regs) ((__s32)BPF_CORE_READ(regs, orig_ax))
#define FAULTLINE_THIRD_ARGUMENT(regs) ((__u32)BPF_CORE_READ(regs, dx))
#define FAULTLINE_MADVISE 28
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
  unsigned long long regs[31];
  int syscallno;
};
#define FAULTLINE_ARGUMENT_1(regs) ((regs)->regs[0])
#define FAULTLINE_ARGUMENT_2(regs) ((regs)->regs[1])
#define FAULTLINE_ARGUMENT_3(regs) ((regs)->regs[2])
#define FAULTLINE_CALL(regs) ((__s32)BPF_CORE_READ(regs, syscallno))
#define FAULTLINE_THIRD_ARGUMENT(regs) ((__u32)BPF_CORE_READ(regs, regs[2]))
#define FAULTLINE_MADVISE 233
#endif

#pragma clang attribute pop
