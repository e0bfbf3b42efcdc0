// SPDX-License-Identifier: Apache-2.0
#include "advisor/ladder/support/process_memory.h"

#include <algorithm>

#include "advisor/host/proc.h"

namespace faultline {
namespace {

/// The anonymous part of the most that was ever resident. VmHWM has no parts: what of files is resident now was then.
std::uint64_t held_before(const host::ProcStatus& status) {
  const std::uint64_t anon = status.rss_anon_bytes.value_or(0);
  const std::uint64_t others = status.rss_file_bytes.value_or(0) + status.rss_shmem_bytes.value_or(0);
  const std::uint64_t most = status.hwm_bytes.value_or(0);
  return std::max(anon, most - std::min(most, others));
}

void follow(MemoryTrack& track, bool first_look, bool born_in_window, const host::ProcStatus& status,
            std::uint64_t faults) {
  const std::uint64_t anon_bytes = status.rss_anon_bytes.value_or(0);
  if (first_look) {
    track.first_anon_bytes = born_in_window ? 0 : anon_bytes;
    track.held_before_bytes = born_in_window ? 0 : held_before(status);
    track.first_minor_faults = born_in_window ? 0 : faults;
  }
  track.peak_anon_bytes = std::max(track.peak_anon_bytes, anon_bytes);
  track.largest_fall_bytes = std::max(track.largest_fall_bytes, track.peak_anon_bytes - anon_bytes);
  track.last_anon_bytes = anon_bytes;
  track.last_minor_faults = std::max(track.first_minor_faults, faults);
}

}  // namespace

std::uint64_t MemoryTrack::growth_bytes() const {
  const std::uint64_t there =
      std::max(first_anon_bytes, std::min(held_before_bytes, first_anon_bytes + largest_fall_bytes));
  return peak_anon_bytes - std::min(peak_anon_bytes, there);
}

std::optional<MemoryReading> ProcessMemory::look(const host::Root& root, const target::ProcessWatch& watch) {
  MemoryReading sum;
  for (const auto& [pid, process] : watch.processes()) {
    if (!process.alive) continue;
    const auto stat = host::read_stat(root, pid);
    const auto status = host::read_status(root, pid);
    // A process that ended between the two reads, or a zombie, keeps its last look.
    if (!stat || !status || stat->start_ticks != process.start_ticks || !status->rss_anon_bytes) continue;
    const ProcessKey key{pid, process.start_ticks};
    const bool first_look = !tracks_.contains(key);
    follow(tracks_[key], first_look, !process.at_start, *status, stat->minor_faults);
    sum.anon_bytes += *status->rss_anon_bytes;
    sum.rss_bytes += status->rss_bytes.value_or(0);
    sum.mapped_bytes += status->size_bytes.value_or(0);
    sum.hwm_bytes += status->hwm_bytes.value_or(0);
    sum.locked_bytes += status->locked_bytes.value_or(0);
    sum.swap_bytes += status->swap_bytes.value_or(0);
    ++sum.processes_read;
  }
  if (sum.processes_read == 0) return std::nullopt;
  return sum;
}

std::uint64_t ProcessMemory::followed_faults() const {
  std::uint64_t sum = 0;
  for (const auto& [key, track] : tracks_) sum += track.faults();
  return sum;
}

std::uint64_t ProcessMemory::growth_bytes() const {
  std::uint64_t sum = 0;
  for (const auto& [key, track] : tracks_) sum += track.growth_bytes();
  return sum;
}

}  // namespace faultline
