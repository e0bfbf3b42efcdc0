// SPDX-License-Identifier: Apache-2.0
#include "tests/lab/harness/cases.h"

#include <algorithm>

namespace faultline::lab {
namespace {

constexpr const char* jemalloc = "libjemalloc.so.2";

const std::vector<Case>& table() {
  static const std::vector<Case> cases{
      // ---- walls
      // Four workers refault for 1.6 cores of the two CPUs here and more: by chance or always they queue behind each
      // other.
      {"refault", {"refault", {}, {}}, "refault", {"keep-heap"}, {}, 0, {"run-queue-wait"}},
      {"refault_in_the_main_arena", {"refault", {"--threads", "0"}, {}}, "refault", {"keep-heap"}, {}},
      // An admin's threshold for mmap also fixes it: each buffer above is mapped and unmapped. Threads that do so wait
      // for each other now and then, here and below: 1 to 2 % of the time.
      {"refault_by_a_fixed_mmap_threshold",
       {"big_buffers", {}, {{"MALLOC_MMAP_THRESHOLD_", "131072"}}},
       "refault",
       {"keep-heap"},
       {},
       0,
       {"mmap-lock"}},
      // Above 32 MiB glibc maps each buffer, whatever it has learnt; up to 64 MiB they fit in a heap's padded top.
      {"refault_by_buffers_of_40_mib",
       {"big_buffers", {"--buffer-kib", "40960", "--rate", "10"}, {}},
       "refault",
       {"keep-heap"},
       {}},
      {"refault_by_the_program_madvise", {"own_buffers", {}, {}}, "refault", {}, {"keep-heap"}},
      {"refault_by_the_program_munmap",
       {"own_buffers", {"--unmap"}, {}},
       "refault",
       {},
       {"keep-heap"},
       0,
       {"mmap-lock"}},
      {"refault_by_jemalloc_without_decay",
       {"refault", {}, {{"LD_PRELOAD", jemalloc}, {"MALLOC_CONF", "dirty_decay_ms:0,muzzy_decay_ms:0"}}},
       "refault",
       {},
       {"keep-heap", "limit-arenas"},
       0,
       {"run-queue-wait"}},
      {"refault_by_threads_that_end", {"thread_a_request", {"--rate", "4000"}, {}}, "refault", {}, {"keep-heap"}},
      {"refault_in_a_static_program", {"refault_static", {}, {}}, "refault", {}, {"keep-heap"}, 0, {"run-queue-wait"}},
      // Four heaps grow page by page, each time by an mprotect.
      {"first_touch", {"first_touch", {}, {}}, "first-touch", {}, {}, 0, {"mmap-lock"}},
      {"first_touch_in_forked_children", {"first_touch_fork", {}, {}}, "first-touch", {}, {}},
      // Each request unmaps the page that it touched, and the next one faults for it again: a hundredth of its time or
      // two. Where the machine is slow its four threads use up two CPUs: 2.5 of them were ready on average then.
      {"mmap_lock_held_by_mprotect",
       {"mapping_threads", {}, {}},
       "mmap-lock",
       {},
       {"keep-heap"},
       0,
       {"refault", "run-queue-wait"}},
      // The quota is of a cgroup that no systemd unit made, so no drop-in can raise it.
      {"throttled", {"throttled", {}, {}}, "cpu-throttling", {}, {"raise-cpu-quota"}},
      // Each neighbour is a service like it.
      {"queueing_behind_neighbours", {"compute", {}, {}}, "run-queue-wait", {}, {}, 3, {}, {"pin-cpus"}},
      {"queueing_behind_its_own_threads",
       {"compute", {"--threads", "16", "--rate", "0"}, {}},
       "run-queue-wait",
       {},
       {},
       0,
       {},
       {"match-parallelism"}},
      // ---- healthy
      {"compute", {"compute", {}, {}}, "", {}, {}},
      {"quota_with_room", {"throttled", {"--quota-cores", "1.8", "--rate", "100"}, {}}, "", {}, {}},
      {"bursts_without_a_quota", {"throttled", {"--quota-cores", "0"}, {}}, "", {}, {}},
      {"small_requests", {"small_requests", {}, {}}, "", {}, {}},
      {"cache", {"cache", {}, {}}, "", {}, {}},
      {"managed_heap", {"managed_heap", {}, {}}, "", {}, {}},
      {"mapped_file", {"mapped_file", {}, {}}, "", {}, {}},
      // With two threads each waits for the other's mapping now and then: 1.5 to 4 % of the time.
      {"mapped_file_mapped_again", {"mapped_file", {"--remap", "--threads", "1"}, {}}, "", {}, {}},
      {"threads_that_map_and_seldom_wait",
       {"mapping_threads", {"--protect-mib", "0", "--rate", "300"}, {}},
       "",
       {},
       {}},
      // On one node all of it is near.
      {"memory_read_over_and_over", {"remote_memory", {}, {}}, "", {}, {}},
      {"ping_pong", {"ping_pong", {}, {}}, "", {}, {}},
      {"pooled_buffers", {"refault", {"--ideal"}, {}}, "", {}, {}},
      {"buffers_below_a_learnt_threshold", {"big_buffers", {}, {}}, "", {}, {}},
      // With its decay of ten seconds jemalloc still refaults 2 to 3 % of the time here: neither a wall nor healthy.
      {"jemalloc_keeps_its_pages",
       {"refault",
        {"--rate", "400"},
        {{"LD_PRELOAD", jemalloc}, {"MALLOC_CONF", "dirty_decay_ms:-1,muzzy_decay_ms:-1"}}},
       "",
       {},
       {}},
      // Too little happens to say anything.
      {"nearly_idle", {"refault", {"--rate", "1"}, {}}, "", {}, {}},
  };
  return cases;
}

}  // namespace

std::span<const Case> all_cases() { return table(); }

const Case* find_case(const std::string& name) {
  const auto it = std::find_if(table().begin(), table().end(), [&](const Case& one) { return one.name == name; });
  return it == table().end() ? nullptr : &*it;
}

}  // namespace faultline::lab
