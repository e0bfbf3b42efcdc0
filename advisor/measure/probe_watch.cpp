// SPDX-License-Identifier: Apache-2.0
#include "advisor/measure/probe_watch.h"

#include <algorithm>
#include <iterator>

#include "advisor/host/proc.h"
#include "advisor/host/text_scan.h"
#include "advisor/measure/clock.h"
#include "advisor/measure/page_kinds.h"

namespace faultline::measure {
namespace {

using Part = host::AddressSpaceProbe::Part;

// Enough takings of a contended lock to tell who takes it; a taking is looked at in some 0.2 us.
constexpr double taker_look_seconds = 0.05;
// All bursts of a slice together, and no more than a quarter of it: samples wait in their buffers meanwhile.
constexpr double longest_allocation_seconds = 0.1;
// Reading what a process used takes some 10 us. With more processes than this the mean of these stands for all.
constexpr std::size_t most_processes_read = 256;
// Where more pages than this are in the sample, half of them go: two thirds of the places that there are.
constexpr std::size_t most_pages_kept = 10922;

double host_faults(const host::Root& root) {
  const auto text = root.read("/proc/vmstat");
  if (!text) return 0;
  return static_cast<double>(host::keyed_number(*text, "pgfault").value_or(0));
}

const Error left_out{ErrorKind::unsupported, "cannot watch locks", "--without", "left out as asked", {}};
const Error not_looked{ErrorKind::unsupported, "cannot watch faults", "window",
                       "the window ended before faults could be watched", "--window 5s or longer"};

}  // namespace

ProbeWatch::ProbeWatch(const host::Machine& machine, const std::vector<Watched>& targets, double window_seconds,
                       double slice_seconds, ProbeParts parts)
    : machine_(&machine), window_seconds_(window_seconds), slice_seconds_(slice_seconds), parts_(parts) {
  for (const Watched& watched : targets)
    targets_.push_back({.watched = watched, .readings = {}, .followed = {}, .cpu_seconds = {}, .faults = {}});
  auto probe = host::AddressSpaceProbe::open(machine, static_cast<unsigned>(targets_.size()));
  for (Target& target : targets_) {
    const Error& why = probe ? not_looked : probe.error();
    target.readings.faults = tl::unexpected(why);
    target.readings.lock_takers = tl::unexpected(why);
    target.readings.allocations = tl::unexpected(why);
    if (!probe) target.readings.lock_waits = tl::unexpected(why);
  }
  if (probe) {
    probe_.emplace(std::move(*probe));
  } else {
    why_no_probe_ = probe.error();
  }
  if (probe_ && parts_.allocations) {
    allocations_.emplace(machine, targets_.size());
    // A window without a look is not worth what it costs to get ready for one.
    if (slice_seconds < window_seconds) allocations_->prepare(*probe_, living());
    for (std::size_t i = 0; i < targets_.size(); ++i) targets_[i].readings.allocations = allocations_->of(i);
  }
  follow();
  if (!probe_) return;
  host_faults_at_start_ = host_faults(machine.root);
  if (!parts_.locks) {
    deny_waits(left_out);
    return;
  }
  for (Target& target : targets_) {
    if (!target.is_followed) continue;
    target.readings.lock_waits = WatchedWaits{};
    target.readings.lock_takers = WatchedTakers{};
  }
  lock_looks_.emplace(machine.facts.cpus, window_seconds);
  watch_waits(0);
}

void ProbeWatch::deny_waits(const Error& error) {
  for (Target& target : targets_) {
    if (!target.is_followed) continue;
    target.readings.lock_waits = tl::unexpected(error);
    target.readings.lock_takers = tl::unexpected(error);
  }
}

void ProbeWatch::watch_waits(double now) {
  // Attaching takes some ms, in which nothing is seen yet: much of a short look.
  const auto asked = Clock::now();
  const auto attached = waits_switching_.charged([&] { return probe_->attach(Part::lock_waits); });
  if (attached) return lock_looks_->begun(now + seconds_since(asked), probe_->contentions());
  lock_looks_.reset();
  deny_waits(attached.error());
}

void ProbeWatch::leave_waits(double now) {
  waits_switching_.charged([&] { probe_->detach(Part::lock_waits); });
  waits_switching_.ended();
  lock_looks_->ended(now, probe_->contentions(), waits_switching_.each());
}

void ProbeWatch::follow() {
  for (std::size_t i = 0; i < targets_.size(); ++i) follow(targets_[i], static_cast<unsigned>(i));
}

void ProbeWatch::follow(Target& target, unsigned index) {
  for (const pid_t pid : target.watched.watch->living()) {
    if (!target.followed.insert(pid).second) continue;
    follow(target, index, pid);
    if (target.cpu_seconds.size() >= most_processes_read) continue;
    const auto stat = host::read_stat(machine_->root, pid);
    if (!stat) continue;
    target.cpu_seconds[pid] = stat->cpu_seconds;
    target.faults[pid] = static_cast<double>(stat->minor_faults);
  }
  // Known to the watch from the next slice on, when they may have come and gone.
  for (const host::Birth& birth : target.watched.activity->births()) {
    if (target.followed.insert(birth.pid).second) follow(target, index, birth.pid);
  }
}

/// A count without one of its processes would be too low: then there is none.
void ProbeWatch::follow(Target& target, unsigned index, pid_t pid) {
  if (!probe_ || probe_->follow(pid, index)) return;
  const Error error{ErrorKind::unsupported, "cannot watch locks and faults", "bpf",
                    "more processes than can be followed at once", "fewer targets at a time"};
  target.readings.lock_waits = tl::unexpected(error);
  target.readings.lock_takers = tl::unexpected(error);
  target.readings.faults = tl::unexpected(error);
  target.is_followed = false;
}

void ProbeWatch::forget_the_dead() {
  std::vector<pid_t> dead;
  for (Target& target : targets_) {
    const auto living = target.watched.watch->living();
    const std::set<pid_t> alive(living.begin(), living.end());
    std::copy_if(target.followed.begin(), target.followed.end(), std::back_inserter(dead),
                 [&](pid_t pid) { return !alive.contains(pid); });
    std::erase_if(target.followed, [&](pid_t pid) { return !alive.contains(pid); });
  }
  if (probe_) probe_->forget(dead);
}

void ProbeWatch::slice(unsigned number, double now) {
  if (is_closed_) return;
  if (probe_) read_waits(now);
  forget_the_dead();
  count_allocations(number, now);
  if (!is_look(number)) return;
  if (probe_) begin_takers(now);
  begin_faults(now);
}

std::vector<std::vector<pid_t>> ProbeWatch::living() const {
  std::vector<std::vector<pid_t>> all;
  for (const Target& target : targets_) all.push_back(target.watched.watch->living());
  return all;
}

double ProbeWatch::cpu_seconds(const Target& target) const {
  double sum = 0;
  for (const auto& [pid, before] : target.cpu_seconds) {
    const auto stat = host::read_stat(machine_->root, pid);
    if (stat) sum += std::max(0.0, stat->cpu_seconds - before);
  }
  return sum;
}

/// Before other looks begin, so that these are not longer than they should be.
void ProbeWatch::count_allocations(unsigned slice, double now) {
  if (!allocations_) return;
  std::size_t turns = 0;
  for (std::size_t i = 0; i < targets_.size(); ++i)
    turns += AllocationWatch::is_turn(slice, i, targets_.size()) ? 1 : 0;
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    if (!AllocationWatch::is_turn(slice, i, targets_.size())) continue;
    const double longest =
        std::min({longest_allocation_seconds, slice_seconds_ / 4, window_seconds_ - now}) / static_cast<double>(turns);
    if (longest <= 0) return;
    allocations_->look(*probe_, i, targets_[i].watched.watch->living(), cpu_seconds(targets_[i]), longest);
    targets_[i].readings.allocations = allocations_->of(i);
  }
}

void ProbeWatch::drain(double now) {
  if (is_closed_) return;
  if (lock_looks_ && lock_looks_->is_over(now, probe_->contentions())) {
    leave_waits(now);
  } else if (lock_looks_ && lock_looks_->is_due(now)) {
    watch_waits(now);
  }
  if (taker_look_ && now >= taker_look_->ends) end_takers(now);
  if (fault_look_ && now >= fault_look_->ends) end_faults(now);
  if (fault_look_ && sampling_) sampling_->drain();
}

std::optional<double> ProbeWatch::next_end() const {
  if (!fault_look_ && !taker_look_) return std::nullopt;
  return std::min(fault_look_ ? fault_look_->ends : taker_look_->ends,
                  taker_look_ ? taker_look_->ends : fault_look_->ends);
}

std::optional<double> ProbeWatch::next_turn(double now) const {
  const auto end = next_end();
  const auto at_locks = lock_looks_ ? lock_looks_->next(now, probe_->contentions()) : std::nullopt;
  if (!end || !at_locks) return end ? end : at_locks;
  return std::min(*end, *at_locks);
}

void ProbeWatch::close(double now) {
  is_closed_ = true;
  if (fault_look_) end_faults(now);
  if (!probe_) return;
  if (lock_looks_ && lock_looks_->is_on()) leave_waits(now);
  if (taker_look_) end_takers(now);
  read_waits(now);
  lock_looks_.reset();
  probe_.reset();
}

void ProbeWatch::read_waits(double now) {
  if (!lock_looks_) return;
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    auto& waits = targets_[i].readings.lock_waits;
    if (!waits) continue;
    const auto seen = probe_->lock_waits(static_cast<unsigned>(i));
    if (seen) {
      waits = WatchedWaits{*seen, lock_looks_->watched_seconds(now), now};
    } else {
      waits = tl::unexpected(seen.error());
    }
  }
}

FaultRates ProbeWatch::rates(double now) const {
  FaultRates rates{.seconds = now, .cpus = machine_->facts.cpus};
  for (const Target& target : targets_) {
    for (const auto& [pid, cpu_before] : target.cpu_seconds) {
      const auto stat = host::read_stat(machine_->root, pid);
      if (!stat) continue;
      rates.cpu_seconds += std::max(0.0, stat->cpu_seconds - cpu_before);
      rates.own_faults += std::max(0.0, static_cast<double>(stat->minor_faults) - target.faults.at(pid));
    }
  }
  const double all = std::max(0.0, host_faults(machine_->root) - host_faults_at_start_);
  rates.other_faults = std::max(0.0, all - rates.own_faults);
  return rates;
}

bool ProbeWatch::somebody_waited() const {
  return std::any_of(targets_.begin(), targets_.end(), [](const Target& target) {
    return target.readings.lock_waits &&
           target.readings.lock_waits->seen.reads + target.readings.lock_waits->seen.writes > 0;
  });
}

void ProbeWatch::begin_takers(double now) {
  if (taker_look_ || !somebody_waited() || now + taker_look_seconds > window_seconds_) return;
  if (!takers_switching_.allows_another(now)) return;
  const auto attached = takers_switching_.charged([&] { return probe_->attach(Part::lock_takers); });
  if (!attached) {
    for (Target& target : targets_) target.readings.lock_takers = tl::unexpected(attached.error());
    return;
  }
  taker_look_ = Look{now, now + taker_look_seconds};
}

void ProbeWatch::end_takers(double now) {
  takers_switching_.charged([&] { probe_->detach(Part::lock_takers); });
  takers_switching_.ended();
  takers_watched_seconds_ += now - taker_look_->began;
  taker_look_.reset();
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    if (!targets_[i].is_followed) continue;
    auto takers = probe_->lock_takers(static_cast<unsigned>(i));
    auto& reading = targets_[i].readings.lock_takers;
    if (takers) {
      reading = WatchedTakers{takers_watched_seconds_, std::move(*takers)};
    } else {
      reading = tl::unexpected(takers.error());
    }
  }
}

void ProbeWatch::begin_faults(double now) {
  if (fault_look_ || !parts_.faults) return;
  const FaultRates so_far = rates(now);
  const double longest = std::min(slice_seconds_, window_seconds_ - now);
  const double lasts = sampling_ || !probe_ ? sampled_burst_seconds(so_far, faults_watched_seconds_, longest)
                                            : burst_seconds(so_far, faults_watched_seconds_, longest);
  if (lasts <= 0) return;
  if (!page_bits_) page_bits_ = first_page_bits(so_far.own_faults / so_far.seconds * lasts);
  if (const auto watched = watch_faults(now, lasts); !watched) deny_faults(watched.error());
}

Result<void> ProbeWatch::watch_faults(double now, double lasts) {
  if (!probe_ || sampling_) {
    if (auto begun = sample_faults(why_no_probe_); !begun) return begun;
  } else {
    if (bursts_ == 0) {
      if (auto set = sample_pages(*page_bits_); !set) return set;
    }
    if (auto attached = probe_->attach(Part::faults); !attached) {
      // Sampled from the next look on, whose length is planned by what that costs.
      why_no_probe_ = attached.error();
      sampling_.emplace(*machine_, targets_.size());
      sampling_->sample_pages(*page_bits_);
      return attached;
    }
  }
  fault_look_ = Look{now, now + lasts};
  return {};
}

/// The error says why neither way is open.
Result<void> ProbeWatch::sample_faults(const Error& why_no_probe) {
  if (!sampling_) {
    sampling_.emplace(*machine_, targets_.size());
    sampling_->sample_pages(*page_bits_);
  }
  auto begun = sampling_->begin(living());
  if (begun) return begun;
  Error both = why_no_probe;
  both.why += "; nor can they be sampled: " + begun.error().why;
  return tl::unexpected(both);
}

Result<void> ProbeWatch::sample_pages(unsigned bits) {
  if (!sampling_) return probe_->sample_pages(bits);
  sampling_->sample_pages(bits);
  return {};
}

void ProbeWatch::deny_faults(const Error& error) {
  for (Target& target : targets_) target.readings.faults = tl::unexpected(error);
}

void ProbeWatch::end_faults(double now) {
  if (sampling_) {
    sampling_->end();
  } else {
    probe_->detach(Part::faults);
  }
  faults_watched_seconds_ += now - fault_look_->began;
  fault_look_.reset();
  ++bursts_;
  for (std::size_t i = 0; i < targets_.size(); ++i) read_faults(targets_[i], static_cast<unsigned>(i));
  thin_pages();
}

/// Pages are of no kind yet.
Result<WatchedFaults> ProbeWatch::faults_of(unsigned index) const {
  if (sampling_ && !sampling_->was_sampled(index)) {
    return fail(ErrorKind::unsupported, "cannot watch faults", "perf event",
                why_no_probe_.why + "; nor was there room to sample one of its threads", why_no_probe_.hint);
  }
  const auto counts = sampling_ ? sampling_->counts(index) : probe_->faults(index);
  const auto pages = sampling_ ? sampling_->pages(index) : probe_->pages(index);
  const auto threads = sampling_ ? sampling_->threads(index) : probe_->threads(index);
  if (!counts) return tl::unexpected(counts.error());
  if (!pages) return tl::unexpected(pages.error());
  if (!threads) return tl::unexpected(threads.error());
  WatchedFaults watched{faults_watched_seconds_, bursts_, *counts, *page_bits_, {}, *threads};
  watched.tells_copies = !sampling_;
  if (sampling_) watched.threads_left_out = sampling_->threads_left_out(index);
  for (const host::SampledPage& page : *pages) watched.pages.push_back({page, std::nullopt});
  return watched;
}

void ProbeWatch::read_faults(Target& target, unsigned index) {
  if (!target.is_followed) return;
  auto watched = faults_of(index);
  if (watched) {
    const auto& before = target.readings.faults;
    know_kinds(*watched, before ? before->pages : std::vector<KnownPage>{}, machine_->root);
  }
  target.readings.faults = std::move(watched);
}

/// Keeps places free for the pages of later bursts. What is known of the pages that stay is whole.
void ProbeWatch::thin_pages() {
  std::size_t pages = 0;
  for (const Target& target : targets_) pages += target.readings.faults ? target.readings.faults->pages.size() : 0;
  if (pages <= most_pages_kept) return;
  ++*page_bits_;
  if (const auto set = sample_pages(*page_bits_); !set) deny_faults(set.error());
}

}  // namespace faultline::measure
