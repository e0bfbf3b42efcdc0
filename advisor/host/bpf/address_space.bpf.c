// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only
// What the threads of some processes do with their address spaces: waits at mmap_lock, who takes it for writing, and
// faults by page. One object, so that the kernel's type information is parsed once. Each program is attached for
// itself: those that run at every fault or every taking of the lock only in short bursts.
//
// Nothing here may look up a mapping (bpf_find_vma): with interrupts off, as at the fault tracepoints, it gives
// mmap_lock back by irq_work (kernel/bpf/mmap_unlock_work.h); where that interrupt is late or lost, as seen under a
// hypervisor, the process hangs with its lock held.

// linux/bpf.h has the types that the others are written in.
// clang-format off
#include <linux/bpf.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
// clang-format on

#include "address_space.h"

#include "kernel_types.h"

char accepted_licence[] SEC("license") = "Dual BSD/GPL";

// include/trace/events/lock.h
#define LCB_F_SPIN (1U << 0)
#define LCB_F_READ (1U << 1)
#define LCB_F_WRITE (1U << 2)
#define LCB_F_PERCPU (1U << 4)

// arch/x86/include/asm/trap_pf.h
#define X86_PF_PROT (1U << 0)
#define X86_PF_WRITE (1U << 1)

const volatile __u32 page_shift = 12;
/// A page is sampled when the hash of its number has none of these bits.
__u64 page_hash_mask = 0;
/// Waits for any lock, of any process, while they were watched.
__u64 contentions = 0;

// All hash maps have their places from the start: before Linux 6.1 a program that allocates inside a tracepoint of
// locks can wait for itself (kernel/bpf/verifier.c, check_map_prealloc).

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, FAULTLINE_MOST_PROCESSES);
  __type(key, __u32);    // process
  __type(value, __u32);  // index of its target
} targets SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4096);
  __type(key, __u32);  // thread
  __type(value, struct faultline_wait);
} waiting SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);  // as many as there are targets, set before loading
  __type(key, __u32);
  __type(value, struct faultline_waits);
} waits SEC(".maps");

/// Address spaces at whose lock somebody waited: only in these is it of interest who takes it.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, FAULTLINE_MOST_CONTENDED);
  __type(key, __u64);  // struct mm_struct *
  __type(value, struct faultline_contended);
} contended SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, struct faultline_taker);
  __type(value, struct faultline_holds);
} takers SEC(".maps");

/// Who holds a contended lock for writing now.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, FAULTLINE_MOST_CONTENDED);
  __type(key, __u64);  // struct mm_struct *
  __type(value, struct faultline_hold);
} held SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct faultline_faults);
} faults SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, struct faultline_allocations);
} allocations SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, FAULTLINE_MOST_PAGES);
  __type(key, struct faultline_page);
  __type(value, struct faultline_page_faults);
} pages SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1024);
  __type(key, __u32);  // thread
  __type(value, struct faultline_thread);
} threads SEC(".maps");

// Fields of the kernel's are read by its helper and not through the pointer: for each pointer that a program follows
// the verifier goes through all of the kernel's type names three times (kernel/bpf/btf.c, btf_nested_type_is_trusted),
// some 10 ms a load.

static __always_inline struct mm_struct* own_mm_of_lock(__u64 lock) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct mm_struct* mm = BPF_CORE_READ(task, mm);
  if (!mm || lock != (__u64)__builtin_preserve_access_index(&mm->mmap_lock)) return 0;
  return mm;
}

static __always_inline __u64 queued_ns_so_far(void) {
  struct task_struct* task = bpf_get_current_task_btf();
  if (!bpf_core_field_exists(task->sched_info.run_delay)) return 0;
  return BPF_CORE_READ(task, sched_info.run_delay);
}

SEC("raw_tp/contention_begin")
int contention_begin(struct bpf_raw_tracepoint_args* ctx) {
  __u32 flags = ctx->args[1];
  __sync_fetch_and_add(&contentions, 1);
  if (!(flags & (LCB_F_READ | LCB_F_WRITE)) || (flags & (LCB_F_SPIN | LCB_F_PERCPU))) return 0;
  struct mm_struct* mm = own_mm_of_lock(ctx->args[0]);
  if (!mm) return 0;
  __u64 ids = bpf_get_current_pid_tgid();
  __u32 process = ids >> 32, thread = ids;
  __u32* target = bpf_map_lookup_elem(&targets, &process);
  if (!target) return 0;
  struct faultline_wait wait = {bpf_ktime_get_ns(), queued_ns_so_far(), !!(flags & LCB_F_WRITE), *target};
  if (bpf_map_update_elem(&waiting, &thread, &wait, BPF_ANY)) {
    struct faultline_waits* sum = bpf_map_lookup_elem(&waits, &wait.target);
    if (sum) ++sum->missed;
    return 0;
  }
  __u64 address = (__u64)mm;
  struct faultline_contended who = {*target, process};
  bpf_map_update_elem(&contended, &address, &who, BPF_NOEXIST);
  return 0;
}

static __always_inline __u32 histogram_slot(__u64 ns) {
  __u32 slot = 0;
#pragma unroll
  for (int step = 32; step > 0; step /= 2) {
    if (ns >> step) {
      ns >>= step;
      slot += step;
    }
  }
  return slot < FAULTLINE_WAIT_SLOTS ? slot : FAULTLINE_WAIT_SLOTS - 1;
}

SEC("raw_tp/contention_end")
int contention_end(struct bpf_raw_tracepoint_args* ctx) {
  if (!own_mm_of_lock(ctx->args[0])) return 0;
  __u32 thread = bpf_get_current_pid_tgid();
  struct faultline_wait* wait = bpf_map_lookup_elem(&waiting, &thread);
  if (!wait) return 0;
  struct faultline_waits* sum = bpf_map_lookup_elem(&waits, &wait->target);
  if (sum) {
    __u64 lasted_ns = bpf_ktime_get_ns() - wait->since_ns;
    __u64 queued_ns = queued_ns_so_far() - wait->queued_ns;
    if (queued_ns > lasted_ns) queued_ns = lasted_ns;
    if (wait->is_write) {
      ++sum->write_count;
      sum->write_ns += lasted_ns - queued_ns;
    } else {
      ++sum->read_count;
      sum->read_ns += lasted_ns - queued_ns;
    }
    sum->queued_ns += queued_ns;
    __u32 slot = histogram_slot(lasted_ns);
    if (slot < FAULTLINE_WAIT_SLOTS) ++sum->by_log2_ns[slot];
  }
  bpf_map_delete_elem(&waiting, &thread);
  return 0;
}

static __always_inline struct faultline_taker taker_of(__u64 mm, __u32 target) {
  struct task_struct* task = bpf_get_current_task_btf();
  struct faultline_taker taker = {.target = target, .call = FAULTLINE_CALL_OF_ANOTHER, .advice = 0};
  if ((__u64)BPF_CORE_READ(task, mm) != mm) return taker;
  struct pt_regs* regs = (struct pt_regs*)bpf_task_pt_regs(task);
  taker.call = FAULTLINE_CALL(regs);
  if (taker.call == FAULTLINE_MADVISE) taker.advice = FAULTLINE_THIRD_ARGUMENT(regs);
  return taker;
}

static __always_inline void count_hold(const struct faultline_taker* taker, __u64 held_ns) {
  struct faultline_holds* known = bpf_map_lookup_elem(&takers, taker);
  if (known) {
    __sync_fetch_and_add(&known->count, 1);
    __sync_fetch_and_add(&known->held_ns, held_ns);
    return;
  }
  struct faultline_holds fresh = {1, held_ns};
  bpf_map_update_elem(&takers, taker, &fresh, BPF_NOEXIST);
}

static __always_inline int end_hold(__u64 mm) {
  struct faultline_hold* hold = bpf_map_lookup_elem(&held, &mm);
  if (!hold || hold->thread != (__u32)bpf_get_current_pid_tgid()) return 0;
  count_hold(&hold->taker, bpf_ktime_get_ns() - hold->since_ns);
  bpf_map_delete_elem(&held, &mm);
  return 0;
}

static __always_inline int begin_hold(__u64 mm, __u8 is_write, __u8 is_taken) {
  // A writer that lets readers in "acquires" for reading (include/linux/mmap_lock.h, mmap_write_downgrade).
  if (!is_write) return end_hold(mm);
  if (!is_taken) return 0;
  struct faultline_contended* who = bpf_map_lookup_elem(&contended, &mm);
  if (!who) return 0;
  struct faultline_hold hold = {
      .taker = taker_of(mm, who->target), .thread = bpf_get_current_pid_tgid(), .since_ns = bpf_ktime_get_ns()};
  bpf_map_update_elem(&held, &mm, &hold, BPF_ANY);
  return 0;
}

SEC("raw_tp/mmap_lock_acquire_returned")
int lock_taken(struct bpf_raw_tracepoint_args* ctx) { return begin_hold(ctx->args[0], ctx->args[1], ctx->args[2]); }

/// In older kernels the path of the cgroup comes second. Attaching this one where there are fewer arguments is refused
/// (kernel/trace/bpf_trace.c, __bpf_probe_register), which tells the two apart.
SEC("raw_tp/mmap_lock_acquire_returned")
int lock_taken_with_path(struct bpf_raw_tracepoint_args* ctx) {
  return begin_hold(ctx->args[0], ctx->args[2], ctx->args[3]);
}

SEC("raw_tp/mmap_lock_released")
int lock_released(struct bpf_raw_tracepoint_args* ctx) { return end_hold(ctx->args[0]); }

static __always_inline void count_thread(__u32 thread, __u32 target) {
  struct faultline_thread* known = bpf_map_lookup_elem(&threads, &thread);
  if (known) {
    __sync_fetch_and_add(&known->faults, 1);
    return;
  }
  struct faultline_thread fresh = {.faults = 1, .target = target};
  bpf_get_current_comm(fresh.name, sizeof fresh.name);
  bpf_map_update_elem(&threads, &thread, &fresh, BPF_NOEXIST);
}

static __always_inline void count_page(struct faultline_faults* sum, struct faultline_page* page, __u64 error_code) {
  // A write to a page that is there is no touch of memory that had gone: it is copied, or was only clean.
  __u32 copies = (error_code & (X86_PF_PROT | X86_PF_WRITE)) == (X86_PF_PROT | X86_PF_WRITE);
  struct faultline_page_faults* known = bpf_map_lookup_elem(&pages, page);
  if (known) {
    __sync_fetch_and_add(copies ? &known->copies : &known->touches, 1);
    return;
  }
  struct faultline_page_faults fresh = {.touches = !copies, .copies = copies};
  if (bpf_map_update_elem(&pages, page, &fresh, BPF_NOEXIST) == -7 /* E2BIG */) ++sum->pages_missed;
}

static __always_inline int count_fault(__u64 address, __u64 error_code) {
  __u64 ids = bpf_get_current_pid_tgid();
  __u32 process = ids >> 32;
  __u32* target = bpf_map_lookup_elem(&targets, &process);
  if (!target) return 0;
  struct faultline_faults* sum = bpf_map_lookup_elem(&faults, target);
  if (!sum) return 0;
  ++sum->faults;
  struct faultline_page page = {.number = address >> page_shift, .process = process, .target = *target};
  if (FAULTLINE_PAGE_HASH(page.number) & page_hash_mask) return 0;
  count_page(sum, &page, error_code);
  count_thread(ids, *target);
  return 0;
}

SEC("raw_tp/page_fault_user")
int page_fault_user(struct bpf_raw_tracepoint_args* ctx) { return count_fault(ctx->args[0], ctx->args[2]); }

/// Kernel code that copies to or from memory of the process, read(2) for one.
SEC("raw_tp/page_fault_kernel")
int page_fault_kernel(struct bpf_raw_tracepoint_args* ctx) {
  if ((__s64)ctx->args[0] < 0) return 0;  // an address of the kernel's own
  return count_fault(ctx->args[0], ctx->args[2]);
}

/// How many bytes are asked for; -1 where the call is no allocation, or one that is counted elsewhere.
static __always_inline __s64 bytes_asked(struct pt_regs* regs, __u64 size) {
  __u64 first = FAULTLINE_ARGUMENT_1(regs), second = FAULTLINE_ARGUMENT_2(regs), third = FAULTLINE_ARGUMENT_3(regs);
  switch (size) {
    case FAULTLINE_SIZE_FIRST: return first;
    case FAULTLINE_SIZE_PRODUCT: return first * second;
    case FAULTLINE_SIZE_SECOND: return second;
    case FAULTLINE_SIZE_THIRD: return third;
    case FAULTLINE_SIZE_AGAIN: return second ? second : -1;
    case FAULTLINE_SIZE_AGAIN_OR_MALLOC: return first && second ? second : -1;
    case FAULTLINE_SIZE_ALIGNED_OR_MALLOC: return first > FAULTLINE_GLIBC_ALIGNMENT ? second : -1;
    case FAULTLINE_SIZE_POSIX_OR_MALLOC: return second > FAULTLINE_GLIBC_ALIGNMENT ? third : -1;
  }
  return -1;
}

/// A thread can be preempted in here by another of its target: the sums are atomic.
SEC("uprobe")
int allocator_called(struct pt_regs* regs) {
  __u32 process = bpf_get_current_pid_tgid() >> 32;
  __u32* target = bpf_map_lookup_elem(&targets, &process);
  if (!target) return 0;
  struct faultline_allocations* sum = bpf_map_lookup_elem(&allocations, target);
  if (!sum) return 0;
  __s64 bytes = bytes_asked(regs, bpf_get_attach_cookie(regs));
  __u32 slot = histogram_slot(bytes);
  if (bytes >= 0 && slot < FAULTLINE_WAIT_SLOTS) {
    __sync_fetch_and_add(&sum->by_log2_bytes[slot], 1);
  } else {
    __sync_fetch_and_add(&sum->beside, 1);
  }
  return 0;
}
