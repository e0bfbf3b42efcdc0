// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/address_space_calls.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <sys/mman.h>
#include <sys/syscall.h>

namespace faultline {
namespace {

struct Named {
  int number;
  std::string_view name;
};

template <std::size_t size>
std::string_view find(const std::array<Named, size>& table, int number) {
  const auto* const at =
      std::find_if(table.begin(), table.end(), [&](const Named& row) { return row.number == number; });
  return at == table.end() ? std::string_view() : at->name;
}

// What takes mmap_lock for writing: mm/mmap.c, mm/mprotect.c, mm/mremap.c, mm/madvise.c, mm/mlock.c, mm/mempolicy.c,
// kernel/fork.c, fs/exec.c, ipc/shm.c.
constexpr auto calls = std::to_array<Named>({
    {host::LockTaker::another_process, "another process"},
    {host::LockTaker::no_call, "a page fault"},
    {SYS_brk, "brk"},
    {SYS_clone, "clone"},
    {SYS_clone3, "clone3"},
    {SYS_execve, "execve"},
    {SYS_exit, "exit"},
    {SYS_exit_group, "exit_group"},
    {SYS_madvise, "madvise"},
    {SYS_mbind, "mbind"},
    {SYS_mlock, "mlock"},
    {SYS_mlockall, "mlockall"},
    {SYS_mmap, "mmap"},
    {SYS_mprotect, "mprotect"},
    {SYS_mremap, "mremap"},
    {SYS_munlock, "munlock"},
    {SYS_munmap, "munmap"},
    {SYS_pkey_mprotect, "pkey_mprotect"},
    {SYS_prctl, "prctl"},
    {SYS_shmat, "shmat"},
    {SYS_shmdt, "shmdt"},
});

// include/uapi/asm-generic/mman-common.h
constexpr auto advices = std::to_array<Named>({
    {MADV_DONTNEED, "DONTNEED"},
    {MADV_FREE, "FREE"},
    {MADV_DONTFORK, "DONTFORK"},
    {MADV_DOFORK, "DOFORK"},
    {MADV_HUGEPAGE, "HUGEPAGE"},
    {MADV_NOHUGEPAGE, "NOHUGEPAGE"},
    {MADV_DONTDUMP, "DONTDUMP"},
    {MADV_DODUMP, "DODUMP"},
    {MADV_MERGEABLE, "MERGEABLE"},
    {MADV_UNMERGEABLE, "UNMERGEABLE"},
    {MADV_WIPEONFORK, "WIPEONFORK"},
    {MADV_RANDOM, "RANDOM"},
    {MADV_SEQUENTIAL, "SEQUENTIAL"},
    {MADV_NORMAL, "NORMAL"},
});

}  // namespace

std::string name_of_taker(const host::LockTaker& taker) {
  const std::string_view name = find(calls, taker.call);
  if (name.empty()) return "call " + std::to_string(taker.call);
  if (taker.call != SYS_madvise) return std::string(name);
  const std::string_view advice = find(advices, static_cast<int>(taker.advice));
  return std::string(name) + " " + (advice.empty() ? std::to_string(taker.advice) : std::string(advice));
}

}  // namespace faultline
