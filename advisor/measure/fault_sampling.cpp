// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/fault_sampling.h"

#include <algorithm>
#include <fmt/format.h>
#include <functional>

#include "advisor/host/proc.h"

namespace faultline::measure {
namespace {

// A buffer of 256 KiB each, of memory that can't be paged out.
constexpr std::size_t most_threads_by_target = 16;
constexpr std::size_t most_threads_of_all = 64;
// As many as the BPF program has places for (advisor/host/bpf/address_space.h).
constexpr std::size_t most_pages = 16384;

struct Candidate {
  pid_t tid = 0;
  std::string name;
  std::uint64_t faults = 0;
};

/// The threads of the processes, those first that have faulted most.
std::vector<Candidate> by_faults(const host::Root& root, const std::vector<pid_t>& processes) {
  std::vector<Candidate> all;
  for (const pid_t pid : processes) {
    const auto threads = host::list_threads(root, pid);
    if (!threads) continue;
    for (const pid_t tid : *threads) {
      const auto stat = host::read_thread_stat(root, pid, tid);
      if (stat) all.push_back({tid, stat->comm, stat->minor_faults});
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) { return a.faults > b.faults; });
  return all;
}

/// Bits that do not follow the order of addresses (the finalizer of MurmurHash3).
std::uint64_t mixed(std::uint64_t page) {
  page = (page ^ (page >> 33U)) * 0xff51afd7ed558ccdULL;
  page = (page ^ (page >> 33U)) * 0xc4ceb9fe1a85ec53ULL;
  return page ^ (page >> 33U);
}

}  // namespace

FaultSampling::FaultSampling(const host::Machine& machine, std::size_t targets)
    : machine_(&machine), page_bytes_(std::max<std::uint64_t>(4096, machine.facts.page_bytes)), targets_(targets) {}

Result<void> FaultSampling::begin(const std::vector<std::vector<pid_t>>& processes) {
  Error last{ErrorKind::gone, "cannot sample faults", "perf event", "no thread is left", {}};
  bool any = false;
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    const auto candidates = by_faults(machine_->root, processes[i]);
    Target& target = targets_[i];
    target.threads_there = candidates.size();
    target.threads_sampled = 0;
    for (const Candidate& one : candidates) {
      if (target.threads_sampled >= most_threads_by_target || sampled_.size() >= most_threads_of_all) break;
      auto sampler = host::FaultSampler::open(one.tid);
      if (!sampler) {
        if (sampler.error().kind != ErrorKind::gone) last = sampler.error();
        continue;
      }
      sampled_.push_back({i, one.name, std::move(*sampler)});
      ++target.threads_sampled;
      target.was_sampled = true;
      any = true;
    }
  }
  if (!any) return tl::unexpected(last);
  return {};
}

void FaultSampling::drain() {
  for (Sampled& sampled : sampled_) take(sampled);
}

void FaultSampling::end() {
  drain();
  sampled_.clear();
}

void FaultSampling::take(Sampled& sampled) {
  Target& target = targets_[sampled.target];
  const host::FaultBatch batch = sampled.sampler.take();
  target.counts.faults += batch.faults.size() + batch.lost;
  target.counts.pages_missed += batch.lost;
  for (const host::SampledFault& fault : batch.faults) {
    if (!is_sampled(fault.address)) continue;
    const std::pair page{fault.process, fault.address - fault.address % page_bytes_};
    const auto known = target.touches.find(page);
    if (known == target.touches.end() && target.touches.size() >= most_pages) {
      ++target.counts.pages_missed;
      continue;
    }
    ++target.touches[page];
    ++target.threads[sampled.thread];
  }
}

bool FaultSampling::is_sampled(std::uint64_t address) const {
  return (mixed(address / page_bytes_) & ((std::uint64_t{1} << page_bits_) - 1)) == 0;
}

void FaultSampling::sample_pages(unsigned bits) {
  page_bits_ = bits;
  for (Target& target : targets_)
    std::erase_if(target.touches, [&](const auto& page) { return !is_sampled(page.first.second); });
}

std::vector<host::SampledPage> FaultSampling::pages(std::size_t target) const {
  std::vector<host::SampledPage> pages;
  for (const auto& [page, touches] : targets_[target].touches)
    pages.push_back({.process = page.first, .address = page.second, .touches = touches, .copies = 0});
  return pages;
}

std::vector<host::FaultingThread> FaultSampling::threads(std::size_t target) const {
  std::vector<host::FaultingThread> threads;
  for (const auto& [name, faults] : targets_[target].threads) threads.push_back({name, faults});
  return threads;
}

std::string FaultSampling::threads_left_out(std::size_t target) const {
  const Target& one = targets_[target];
  if (one.threads_sampled == one.threads_there) return {};
  return fmt::format("{} of {} threads", one.threads_sampled, one.threads_there);
}

}  // namespace faultline::measure
