// SPDX-License-Identifier: Apache-2.0
#include "advisor/host/hit_cost.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <fcntl.h>
#include <optional>
#include <thread>
#include <unistd.h>

#include "advisor/host/proc.h"

#ifdef __x86_64__
// As an allocator's functions begin: the site that advisor/host/probe_site.h allows. In assembly, as what a compiler
// begins a function with is its own choice.
asm(R"(
.pushsection .text
.type faultline_probed, @function
faultline_probed:
  push %rbp
  pop %rbp
  ret
.size faultline_probed, . - faultline_probed
.popsection
)");
extern "C" void faultline_probed();
#endif

namespace faultline::host {
namespace {

#ifdef __x86_64__

using Site = AddressSpaceProbe::Site;
constexpr int calls_a_round = 100;
// No CPU takes a breakpoint and comes back in less: what is measured as less was disturbed.
constexpr double least_hit_seconds = 1e-7;
using Rounds = std::array<double, 5>;

double thread_cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Of one call; the median of some rounds, as an interrupt falls into one of them.
double call_seconds() {
  Rounds rounds{};
  for (double& round : rounds) {
    const double before = thread_cpu_seconds();
    for (int call = 0; call < calls_a_round; ++call) ::faultline_probed();
    round = (thread_cpu_seconds() - before) / calls_a_round;
  }
  std::sort(rounds.begin(), rounds.end());
  return rounds[rounds.size() / 2];
}

/// Before 6.10 the kernel takes a process' number for that of its first thread, and shows nobody the hits of others:
/// "bpf: fix multi-uprobe PID filtering logic".
double on_another_thread(double (*work)()) {
  double result = 0;
  std::thread([&] { result = work(); }).join();
  return result;
}

std::optional<std::uint64_t> own_offset(const Machine& machine) {
  const auto address = reinterpret_cast<std::uint64_t>(&::faultline_probed);
  const auto maps = read_maps(machine.root, ::getpid());
  if (!maps) return std::nullopt;
  for (const Mapping& one : *maps) {
    if (address >= one.start && address < one.end) return address - one.start + one.offset;
  }
  return std::nullopt;
}

#endif

}  // namespace

Result<HitCost> measure_hit_cost(AddressSpaceProbe& probe, const Machine& machine) {
  const char* const what = "cannot measure what a probe costs";
#ifndef __x86_64__
  (void)probe, (void)machine;
  return fail(ErrorKind::unsupported, what, "", "only x86-64 is known well enough");
#else
  const auto offset = own_offset(machine);
  const Fd self(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  if (!offset || !self) return fail(ErrorKind::io, what, "/proc/self/exe", "our own program could not be read");
  if (!probe.follow(::getpid(), probe.spare_target())) return fail(ErrorKind::io, what, "bpf map", "it is full");
  const double without = on_another_thread(call_seconds);
  const auto attached = probe.attach_entries(::getpid(), self, {{AllocationEntry::Size::first, *offset}}, Site::first);
  const double with = attached ? on_another_thread(call_seconds) : 0;
  probe.detach_entries(Site::first);
  probe.wait_detached();
  probe.forget({::getpid()});
  if (!attached) return tl::unexpected(attached.error());
  const auto seen = probe.allocations(probe.spare_target());
  if (!seen) return tl::unexpected(seen.error());
  if (seen->hits < std::tuple_size_v<Rounds> * calls_a_round) {
    return fail(ErrorKind::unsupported, what, "uprobe", "the kernel shows calls of the main thread alone",
                "Linux 6.10 or later");
  }
  return HitCost{std::max(least_hit_seconds, with - without)};
#endif
}

}  // namespace faultline::host
