// SPDX-License-Identifier: Apache-2.0
// Stacks as sampled on Linux 6.18 (x86-64) unless a case says otherwise, innermost first.
#include "advisor/ladder/support/kernel_families.h"

#include <gtest/gtest.h>

namespace faultline {
namespace {

using Stack = std::vector<std::string_view>;

void expect_works(const Stack& stack, std::initializer_list<KernelWork> expected) {
  const KernelWorks works = classify(stack);
  for (std::size_t i = 0; i < kinds_of_kernel_work; ++i) {
    const auto work = static_cast<KernelWork>(i);
    const bool wanted = std::find(expected.begin(), expected.end(), work) != expected.end();
    EXPECT_EQ(works.has(work), wanted) << stack.front() << ": kind " << i;
  }
}

TEST(KernelFamilies, AFaultOnAnonymousMemory) {
  expect_works({"clear_page_erms", "get_page_from_freelist", "__alloc_frozen_pages_noprof", "alloc_pages_mpol",
                "vma_alloc_folio_noprof", "do_anonymous_page", "__handle_mm_fault", "handle_mm_fault", "exc_page_fault",
                "asm_exc_page_fault"},
               {KernelWork::fault, KernelWork::fault_anon});
  // arm64, and x86 from 7.x on, where clear_pages() is inlined.
  expect_works(
      {"do_anonymous_page", "handle_mm_fault", "do_page_fault", "do_translation_fault", "do_mem_abort", "el0_da"},
      {KernelWork::fault, KernelWork::fault_anon});
  expect_works({"clear_huge_page", "__do_huge_pmd_anonymous_page", "do_huge_pmd_anonymous_page", "__handle_mm_fault",
                "handle_mm_fault", "do_user_addr_fault", "exc_page_fault", "asm_exc_page_fault"},
               {KernelWork::fault, KernelWork::fault_anon});
}

TEST(KernelFamilies, SpinningForMmapLockIsNeitherFaultNorGivingBackYet) {
  expect_works({"osq_lock", "rwsem_optimistic_spin", "rwsem_down_write_slowpath", "down_write_killable", "__vm_munmap",
                "__x64_sys_munmap", "do_syscall_64", "entry_SYSCALL_64_after_hwframe"},
               {KernelWork::lock_spin});
  expect_works({"rwsem_down_read_slowpath", "down_read_killable", "lock_mm_and_find_vma", "do_user_addr_fault",
                "exc_page_fault", "asm_exc_page_fault"},
               {KernelWork::lock_spin});
  expect_works({"rwsem_spin_on_owner", "rwsem_optimistic_spin", "rwsem_down_write_slowpath", "down_write_killable",
                "do_madvise", "madvise_collapse", "__x64_sys_madvise"},
               {KernelWork::lock_spin});
}

TEST(KernelFamilies, SpinningForAnotherLockOnTheWayIsPartOfTheWay) {
  expect_works({"osq_lock", "rwsem_optimistic_spin", "rwsem_down_write_slowpath", "down_write", "unlink_file_vma",
                "free_pgtables", "unmap_region", "do_vmi_munmap", "__vm_munmap", "__x64_sys_munmap"},
               {KernelWork::give_back});
  expect_works({"osq_lock", "rwsem_optimistic_spin", "rwsem_down_write_slowpath", "down_write", "ext4_file_write_iter"},
               {});
}

TEST(KernelFamilies, TheDoorOfTheFaultPathHasNoKind) {
  expect_works({"exc_page_fault", "asm_exc_page_fault"}, {KernelWork::fault});
  expect_works({"mas_walk", "lock_vma_under_rcu", "exc_page_fault", "asm_exc_page_fault"}, {KernelWork::fault});
  EXPECT_FALSE(classify({"exc_page_fault", "asm_exc_page_fault"}).has_fault_kind());
}

TEST(KernelFamilies, AFaultOnAFileIsNotOneOfTheHeap) {
  expect_works(
      {"filemap_map_pages", "do_fault", "__handle_mm_fault", "handle_mm_fault", "exc_page_fault", "asm_exc_page_fault"},
      {KernelWork::fault, KernelWork::fault_file});
}

TEST(KernelFamilies, ACopyIsACopyHoweverThePageWasFound) {
  expect_works({"copy_mc_user_highpage", "do_wp_page", "__handle_mm_fault", "handle_mm_fault", "exc_page_fault",
                "asm_exc_page_fault"},
               {KernelWork::fault, KernelWork::fault_cow});
  expect_works({"filemap_fault", "__do_fault", "do_cow_fault", "do_fault", "__handle_mm_fault", "handle_mm_fault",
                "exc_page_fault", "asm_exc_page_fault"},
               {KernelWork::fault, KernelWork::fault_cow});
}

TEST(KernelFamilies, SwapAndNumaHintsAreKindsOfTheirOwn) {
  expect_works({"do_swap_page", "__handle_mm_fault", "handle_mm_fault", "exc_page_fault", "asm_exc_page_fault"},
               {KernelWork::fault, KernelWork::fault_swap});
  expect_works({"do_numa_page", "__handle_mm_fault", "handle_mm_fault", "exc_page_fault", "asm_exc_page_fault"},
               {KernelWork::fault, KernelWork::fault_numa});
}

TEST(KernelFamilies, EveryWayToGiveBack) {
  expect_works({"unmap_page_range", "zap_page_range_single_batched", "madvise_vma_behavior", "madvise_do_behavior",
                "do_madvise", "__x64_sys_madvise", "do_syscall_64", "entry_SYSCALL_64_after_hwframe"},
               {KernelWork::give_back});
  expect_works({"free_pgtables", "unmap_region", "vms_complete_munmap_vmas", "do_vmi_align_munmap", "do_vmi_munmap",
                "__vm_munmap", "__x64_sys_munmap", "do_syscall_64"},
               {KernelWork::give_back});
  // A brk that shrinks is not one that grows.
  expect_works({"vms_complete_munmap_vmas", "do_vmi_align_munmap", "__do_sys_brk", "__x64_sys_brk", "do_syscall_64"},
               {KernelWork::give_back});
  // Mapping over pages frees them: what glibc does with a heap's end where AT_SECURE is set or commit is accounted
  // strictly (malloc/arena.c, shrink_heap).
  expect_works({"unmap_page_range", "unmap_vmas", "__mmap_region", "do_mmap", "vm_mmap_pgoff", "do_syscall_64"},
               {KernelWork::give_back});
}

TEST(KernelFamilies, EveryWayToGrow) {
  expect_works({"do_brk_flags", "__do_sys_brk", "__x64_sys_brk", "do_syscall_64"}, {KernelWork::grow});
  expect_works({"mprotect_fixup", "do_mprotect_pkey", "__x64_sys_mprotect", "do_syscall_64"}, {KernelWork::grow});
  expect_works({"mmap_region", "do_mmap", "vm_mmap_pgoff", "ksys_mmap_pgoff", "do_syscall_64"}, {KernelWork::grow});
}

TEST(KernelFamilies, AdviceThatFreesNothingGivesNothingBack) {
  expect_works({"hugepage_madvise", "madvise_vma_behavior", "do_madvise", "__x64_sys_madvise", "do_syscall_64"}, {});
  // MADV_POPULATE_WRITE: faults on behalf of the caller.
  expect_works({"clear_page_erms", "do_anonymous_page", "__handle_mm_fault", "handle_mm_fault", "__get_user_pages",
                "faultin_page_range", "madvise_do_behavior", "do_madvise", "__x64_sys_madvise"},
               {KernelWork::fault, KernelWork::fault_anon});
}

TEST(KernelFamilies, AnExitZapsWithoutGivingBack) {
  expect_works({"unmap_page_range", "unmap_vmas", "exit_mmap", "__mmput", "do_exit", "do_group_exit"},
               {KernelWork::exit});
}

TEST(KernelFamilies, AFaultThatHasToReclaimIsBoth) {
  expect_works({"shrink_node", "do_try_to_free_pages", "try_to_free_mem_cgroup_pages", "do_anonymous_page",
                "handle_mm_fault", "exc_page_fault", "asm_exc_page_fault"},
               {KernelWork::fault, KernelWork::fault_anon, KernelWork::reclaim});
}

TEST(KernelFamilies, OtherWorkIsNone) {
  expect_works({"tcp_sendmsg", "sock_write_iter", "vfs_write", "do_syscall_64"}, {});
  expect_works({"", "do_syscall_64"}, {});
}

}  // namespace
}  // namespace faultline
