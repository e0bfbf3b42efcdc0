// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/thread_nodes.h"

#include "advisor/host/proc.h"
#include "advisor/host/thread_place.h"
#include "advisor/ladder/support/look_limits.h"

namespace faultline {
namespace {

template <class Look>
void for_each_thread(const host::Root& root, const target::ProcessWatch& watch, Look look) {
  for (const pid_t pid : watch.living()) {
    const auto threads = host::list_threads(root, pid);
    if (!threads) continue;
    for (const pid_t tid : *threads) look({pid, tid});
  }
}

}  // namespace

void ThreadNodes::look(const host::Root& root, const target::ProcessWatch& watch, const host::NumaTopology& topology) {
  for_each_thread(root, watch, [&](const Thread& thread) { look_at_thread(root, thread, topology); });
  first_look_ = false;
}

void ThreadNodes::look_at_thread(const host::Root& root, const Thread& thread, const host::NumaTopology& topology) {
  const auto times = host::read_schedstat(root, thread.first, thread.second);
  const auto cpu = host::read_last_cpu(root, thread.first, thread.second);
  if (!times || !cpu) return;  // it ended since it was listed: its last look stands
  const auto node = topology.node_of_cpu(*cpu);
  const auto [entry, is_new] = threads_.try_emplace(thread);
  Track& track = entry->second;
  // Seen at the first look it had a life before; later, all that it did was done in the window. A number that is used
  // again is a thread that is new.
  const bool used_again = !is_new && times->run_ns < track.run_ns;
  const std::uint64_t before = is_new ? (first_look_ ? times->run_ns : 0) : used_again ? 0 : track.run_ns;
  if (node) cpu_seconds_[*node] += static_cast<double>(times->run_ns - before) * 1e-9;
  if (!is_new && !used_again && node && track.node && *node != *track.node) ++moves_;
  track = {times->run_ns, node};
}

void ThreadNodes::look_at_migrated_pages(const host::Root& root, const target::ProcessWatch& watch) {
  std::map<Thread, std::uint64_t> pages;
  std::size_t threads = 0;
  for_each_thread(root, watch, [&](const Thread& thread) {
    if (++threads > most_threads_for_sched) return;
    const auto migrated = host::read_numa_pages_migrated(root, thread.first, thread.second);
    if (migrated) pages[thread] = *migrated;
    if (!migrated && migrated.error().kind != ErrorKind::gone) why_ = migrated.error().why;
  });
  if (threads > most_threads_for_sched) {
    why_ = "more threads than are read one by one";
    pages.clear();
  }
  (first_migrated_ ? last_migrated_ : first_migrated_) = std::move(pages);
}

std::optional<std::uint64_t> ThreadNodes::migrated_pages() const {
  if (!first_migrated_ || !last_migrated_ || first_migrated_->empty() || last_migrated_->empty()) return std::nullopt;
  std::uint64_t sum = 0;
  for (const auto& [thread, pages] : *last_migrated_) {
    const auto before = first_migrated_->find(thread);
    const std::uint64_t base = before == first_migrated_->end() || before->second > pages ? 0 : before->second;
    sum += pages - base;
  }
  return sum;
}

}  // namespace faultline
