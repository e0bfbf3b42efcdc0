// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/kernel_families.h"

#include <algorithm>
#include <array>

namespace faultline {
namespace {

struct Family {
  std::string_view symbol;
  KernelWork work;
};

// The one table. mm/memory.c, mm/huge_memory.c, mm/madvise.c, mm/mmap.c, mm/vma.c, mm/mremap.c, mm/mprotect.c,
// mm/vmscan.c, mm/compaction.c, arch/x86/mm/fault.c, arch/arm64/mm/fault.c; 5.10 to 7.2. Which of a family's functions
// are inlined differs by compiler, so each family has the whole chain. Sorted.
constexpr auto families = std::to_array<Family>({
    {"__alloc_pages_direct_compact", KernelWork::reclaim},
    {"__alloc_pages_direct_reclaim", KernelWork::reclaim},
    {"__arm64_sys_mmap", KernelWork::grow},
    {"__arm64_sys_mprotect", KernelWork::grow},
    {"__arm64_sys_mremap", KernelWork::give_back},
    {"__arm64_sys_munmap", KernelWork::give_back},
    {"__do_fault", KernelWork::fault_file},
    {"__do_huge_pmd_anonymous_page", KernelWork::fault_anon},
    {"__do_munmap", KernelWork::give_back},
    {"__do_page_fault", KernelWork::fault},
    {"__do_sys_brk", KernelWork::grow},
    {"__do_sys_mremap", KernelWork::give_back},
    {"__handle_mm_fault", KernelWork::fault},
    {"__mmput", KernelWork::exit},
    {"__vm_munmap", KernelWork::give_back},
    {"__x64_sys_brk", KernelWork::grow},
    {"__x64_sys_mmap", KernelWork::grow},
    {"__x64_sys_mprotect", KernelWork::grow},
    {"__x64_sys_mremap", KernelWork::give_back},
    {"__x64_sys_munmap", KernelWork::give_back},
    {"alloc_anon_folio", KernelWork::fault_anon},
    {"asm_exc_page_fault", KernelWork::fault},
    {"copy_mc_user_highpage", KernelWork::fault_cow},
    {"copy_user_highpage", KernelWork::fault_cow},
    {"direct_reclaim", KernelWork::reclaim},
    {"do_anonymous_page", KernelWork::fault_anon},
    {"do_brk_flags", KernelWork::grow},
    {"do_brk_munmap", KernelWork::give_back},
    {"do_cow_fault", KernelWork::fault_cow},
    {"do_fault", KernelWork::fault_file},
    {"do_fault_around", KernelWork::fault_file},
    {"do_huge_pmd_anonymous_page", KernelWork::fault_anon},
    {"do_huge_pmd_numa_page", KernelWork::fault_numa},
    {"do_huge_pmd_wp_page", KernelWork::fault_cow},
    {"do_madvise", KernelWork::give_back},
    {"do_mem_abort", KernelWork::fault},
    {"do_mmap", KernelWork::grow},
    {"do_mprotect_pkey", KernelWork::grow},
    {"do_munmap", KernelWork::give_back},
    {"do_numa_page", KernelWork::fault_numa},
    {"do_page_fault", KernelWork::fault},
    {"do_read_fault", KernelWork::fault_file},
    {"do_shared_fault", KernelWork::fault_file},
    {"do_swap_page", KernelWork::fault_swap},
    {"do_translation_fault", KernelWork::fault},
    {"do_try_to_free_pages", KernelWork::reclaim},
    {"do_user_addr_fault", KernelWork::fault},
    {"do_vmi_align_munmap", KernelWork::give_back},
    {"do_vmi_munmap", KernelWork::give_back},
    {"do_wp_page", KernelWork::fault_cow},
    {"exc_page_fault", KernelWork::fault},
    {"exec_mmap", KernelWork::exit},
    {"exit_mm", KernelWork::exit},
    {"exit_mmap", KernelWork::exit},
    {"filemap_fault", KernelWork::fault_file},
    {"filemap_map_pages", KernelWork::fault_file},
    {"handle_mm_fault", KernelWork::fault},
    {"handle_pte_fault", KernelWork::fault},
    {"hugetlb_fault", KernelWork::fault_anon},
    {"ksys_mmap_pgoff", KernelWork::grow},
    {"madvise_do_behavior", KernelWork::give_back},
    {"madvise_dontneed_free", KernelWork::give_back},
    {"madvise_free_single_vma", KernelWork::give_back},
    {"madvise_vma_behavior", KernelWork::give_back},
    {"mmput", KernelWork::exit},
    {"mremap_to", KernelWork::give_back},
    {"numa_migrate_prep", KernelWork::fault_numa},
    {"osq_lock", KernelWork::lock_spin},
    {"rwsem_down_read_slowpath", KernelWork::lock_spin},
    {"rwsem_down_write_slowpath", KernelWork::lock_spin},
    {"rwsem_optimistic_spin", KernelWork::lock_spin},
    {"rwsem_spin_on_owner", KernelWork::lock_spin},
    {"shmem_fault", KernelWork::fault_file},
    {"shrink_node", KernelWork::reclaim},
    {"try_to_compact_pages", KernelWork::reclaim},
    {"try_to_free_mem_cgroup_pages", KernelWork::reclaim},
    {"try_to_free_pages", KernelWork::reclaim},
    {"unmap_region", KernelWork::give_back},
    {"unmap_vmas", KernelWork::give_back},
    {"vm_mmap_pgoff", KernelWork::grow},
    {"vms_clear_ptes", KernelWork::give_back},
    {"vms_complete_munmap_vmas", KernelWork::give_back},
    {"wp_huge_pmd", KernelWork::fault_cow},
    {"wp_page_copy", KernelWork::fault_cow},
    {"zap_page_range_single", KernelWork::give_back},
    {"zap_page_range_single_batched", KernelWork::give_back},
});
static_assert(std::is_sorted(families.begin(), families.end(),
                             [](const Family& a, const Family& b) { return a.symbol < b.symbol; }));

// madvise(2) that frees nothing.
constexpr auto advice_that_keeps = std::to_array<std::string_view>({
    "faultin_page_range",
    "guard_install_set_pte",
    "hugepage_madvise",
    "ksm_madvise",
    "madvise_cold",
    "madvise_collapse",
    "madvise_guard_install",
    "madvise_pageout",
    "madvise_populate",
    "madvise_willneed",
});
static_assert(std::is_sorted(advice_that_keeps.begin(), advice_that_keeps.end()));

// Other sleeping reader-writer locks on the same paths: of a file's mappings (i_mmap_rwsem), of anonymous memory that a
// fork shares (anon_vma) and of a file's data. mm/vma.c, mm/rmap.c, mm/memory.c, fs.
constexpr auto with_other_locks = std::to_array<std::string_view>({
    "__anon_vma_prepare",  "anon_vma_clone",      "anon_vma_fork",       "ext4_filemap_fault",
    "filemap_fault",       "free_pgtables",       "init_multi_vma_prep", "rmap_walk_anon",
    "rmap_walk_file",      "unlink_anon_vmas",    "unlink_file_vma",     "unlink_file_vma_batch_process",
    "unmap_mapping_pages", "unmap_mapping_range", "vma_complete",        "vma_link",
    "vma_link_file",       "vma_prepare",         "xfs_filemap_fault",
});
static_assert(std::is_sorted(with_other_locks.begin(), with_other_locks.end()));

constexpr auto fault_kinds =
    std::to_array<KernelWork>({KernelWork::fault_anon, KernelWork::fault_cow, KernelWork::fault_file,
                               KernelWork::fault_swap, KernelWork::fault_numa});

void keep_one(KernelWorks& works, KernelWork kept) {
  for (const KernelWork kind : fault_kinds) {
    if (kind != kept) works.remove(kind);
  }
}

/// What a stack shows can be part of something else: pages are zapped at an exit, a file page is found on the way to
/// its private copy, and who waits for mmap_lock neither faults nor gives back yet.
void settle(KernelWorks& works) {
  if (works.has(KernelWork::lock_spin)) {
    const bool wants_mmap_lock =
        works.has(KernelWork::fault) || works.has(KernelWork::give_back) || works.has(KernelWork::grow);
    if (wants_mmap_lock && !works.has(KernelWork::exit)) {
      works = KernelWorks();
      works.add(KernelWork::lock_spin);
      return;
    }
    works.remove(KernelWork::lock_spin);
  }
  if (works.has(KernelWork::exit)) {
    works.remove(KernelWork::give_back);
    works.remove(KernelWork::grow);
  }
  if (works.has(KernelWork::give_back)) works.remove(KernelWork::grow);
  if (!works.has(KernelWork::fault)) {
    for (const KernelWork kind : fault_kinds) works.remove(kind);
    return;
  }
  for (const KernelWork kind : {KernelWork::fault_cow, KernelWork::fault_swap, KernelWork::fault_numa}) {
    if (!works.has(kind)) continue;
    keep_one(works, kind);
    return;
  }
}

}  // namespace

bool KernelWorks::has_fault_kind() const {
  return std::any_of(fault_kinds.begin(), fault_kinds.end(), [&](KernelWork kind) { return has(kind); });
}

KernelWorks classify(const std::vector<std::string_view>& kernel_frames) {
  KernelWorks works;
  bool keeps = false, other_lock = false;
  for (const std::string_view frame : kernel_frames) {
    const auto* const at =
        std::lower_bound(families.begin(), families.end(), frame,
                         [](const Family& family, std::string_view key) { return family.symbol < key; });
    if (at != families.end() && at->symbol == frame) works.add(at->work);
    keeps = keeps || std::binary_search(advice_that_keeps.begin(), advice_that_keeps.end(), frame);
    other_lock = other_lock || std::binary_search(with_other_locks.begin(), with_other_locks.end(), frame);
  }
  if (other_lock) works.remove(KernelWork::lock_spin);
  // Advice that frees nothing still takes the lock: the spinning is settled first.
  if (keeps && !works.has(KernelWork::lock_spin)) works.remove(KernelWork::give_back);
  settle(works);
  return works;
}

}  // namespace faultline
