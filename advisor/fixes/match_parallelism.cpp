// SPDX-License-Identifier: Apache-2.0
// match-parallelism: as many threads as there are CPUs for them. Advice: only the program knows which of its threads
// are workers.
#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>

#include "advisor/facts/number_words.h"
#include "advisor/fixes/support/proposals.h"

namespace faultline {
namespace {

/// The knob of a runtime, with {} for the number of CPUs.
struct PoolKnob {
  std::string_view runtime;
  std::string_view advice;
};
constexpr auto knobs = std::to_array<PoolKnob>({
    {"go",
     "GOMAXPROCS={0} for Go before 1.25; later ones follow the affinity and the quota of the process's own cgroup"},
    {"jvm", "-XX:ActiveProcessorCount={0} in JDK_JAVA_OPTIONS, which pools and the collector size themselves by"},
    {"python", "{0} workers of the server (gunicorn --workers), and OMP_NUM_THREADS for numeric libraries in each"},
    {"ruby", "{0} workers of the server (puma -w), with few threads in each"},
    {"node", "{0} processes (cluster, or replicas), and UV_THREADPOOL_SIZE for the pool of libuv in each"},
    {"native", "{0} worker threads in its configuration; OMP_NUM_THREADS={0} where it uses OpenMP"},
});

std::string_view knob_of(const FactSet& facts) {
  const std::string runtime = facts.text("runtime.kind").value_or("native");
  const auto* const it =
      std::find_if(knobs.begin(), knobs.end(), [&](const PoolKnob& knob) { return knob.runtime == runtime; });
  return it == knobs.end() ? std::string_view("{0} worker threads in its configuration") : it->advice;
}

/// What it can use: the CPUs that it may run on, and no more than its quota.
std::optional<double> usable_cpus(const FactSet& facts) {
  const auto allowed = facts.number("sched.allowed_cpus.count");
  if (!allowed || *allowed < 1) return std::nullopt;
  const double quota = facts.number("throttling.quota.cores").value_or(*allowed);
  return std::max(1.0, std::ceil(std::min(*allowed, quota)));
}

class MatchParallelism : public Fix {
 public:
  std::string_view id() const override { return "match-parallelism"; }
  std::string_view summary() const override { return "as many worker threads as CPUs it may use"; }
  std::string_view description() const override {
    return R"(  applies to  services with more runnable threads than CPUs, or than their CPU quota has cores
  does        nothing by itself: which threads are workers only the program knows
  price       requests wait in the service's own queue instead; a worker that blocks leaves its CPU idle
  live when   process.threads.count falls, sched.own_threads.per_cpu comes near 1
  sources     sched_getaffinity(2), Go runtime GOMAXPROCS, JDK -XX:ActiveProcessorCount, OpenMP OMP_NUM_THREADS)";
  }

  Proposal propose(const Snapshot& snapshot, const std::map<std::string, double>& /*parameters*/) const override {
    const FactSet& facts = snapshot.facts;
    const auto cpus = usable_cpus(facts);
    if (!cpus) return refused(*this, needs_fact(facts, "sched.allowed_cpus.count"));
    const auto threads = facts.number("process.threads.count");
    if (threads && *threads <= *cpus) {
      return refused(*this, fmt::format("it has {:.0f} threads on {:.0f} CPUs: no more than can run", *threads, *cpus));
    }
    const std::string number = fmt::format("{:.0f}", *cpus);
    Proposal proposal = advised(*this, fmt::format(fmt::runtime(knob_of(facts)), number));
    proposal.expected = {{"sched.own_threads.per_cpu", "falls to about 1"},
                         {"sched.queue.own_threads.time_share", "falls; the waiting is in the service's queue then"}};
    proposal.notes = {"threads that wait for a disk or the network are no workers of a CPU: more of them do no harm",
                      "the work itself does not get less: where it is more than its CPUs can do, more CPUs or fewer "
                      "requests are the only way"};
    return proposal;
  }
};

}  // namespace

std::unique_ptr<Fix> make_match_parallelism_fix() { return std::make_unique<MatchParallelism>(); }

}  // namespace faultline
