// SPDX-License-Identifier: Apache-2.0
// pin-cpus: CPUs of its own. Advice: which CPUs others can do without is not in one service's snapshot.
#include <fmt/format.h>

#include "advisor/facts/number_words.h"
#include "advisor/fixes/support/proposals.h"

namespace faultline {
namespace {

std::string advice_for(const Snapshot& snapshot) {
  const FactSet& facts = snapshot.facts;
  const bool has_nodes = facts.number("host.numa_nodes").value_or(snapshot.host.numa_nodes) > 1;
  std::string advice =
      has_nodes ? "give it CPUs of one NUMA node, with its memory there: " : "give it CPUs of its own: ";
  advice +=
      snapshot.unit ? "AllowedCPUs= in a drop-in of the unit" : "taskset -pc, or AllowedCPUs= where a unit runs it";
  advice +=
      " for the service, and AllowedCPUs= with the other CPUs for what disturbs it (the neighbours' units, or "
      "system.slice and user.slice as wholes): pinned alone it keeps its neighbours and can no longer evade them";
  if (has_nodes) advice += "; NUMAPolicy= applies to pages touched after a restart";
  return advice;
}

void add_notes(const Snapshot& snapshot, std::vector<std::string>& notes) {
  const FactSet& facts = snapshot.facts;
  notes.emplace_back(
      "AllowedCPUs= needs cgroup v2 with the cpuset controller (systemd 244); elsewhere CPUAffinity=, which the "
      "service "
      "may change again and which takes a restart. CPUAffinity= of several drop-ins adds up: an empty one first");
  const auto idle = facts.number("sched.idle.cores");
  if (idle && *idle >= 1) {
    notes.push_back(fmt::format("its CPUs are idle for {} meanwhile: it may be pinned too narrowly already",
                                facts::number_words(*idle, "cores")));
  }
  const auto steal = facts.number("sched.steal.share");
  if (steal && *steal >= 0.05) {
    notes.push_back(
        fmt::format("{} of its CPUs' time goes to the hypervisor: only another machine, or dedicated "
                    "CPUs of it, helps against that",
                    facts::number_words(*steal, "share")));
  }
  if (facts.text("allocator.kind") == "jemalloc") {
    notes.emplace_back("jemalloc's percpu_arena turns itself off under an affinity");
  }
}

class PinCpus : public Fix {
 public:
  std::string_view id() const override { return "pin-cpus"; }
  std::string_view summary() const override { return "CPUs of its own, which others keep off"; }
  std::string_view description() const override {
    return R"(  applies to  services that wait for a CPU behind others, or run on another NUMA node than their memory
  does        nothing by itself: which CPUs the others can do without is a decision for the whole host
  price       flexibility: what it leaves idle on its CPUs nobody uses, and it gets no more than them in a burst
  live when   Cpus_allowed_list of /proc/PID/status
  sources     systemd.resource-control(5) AllowedCPUs=, systemd.exec(5) CPUAffinity=, cpuset(7))";
  }

  Proposal propose(const Snapshot& snapshot, const std::map<std::string, double>& /*parameters*/) const override {
    if (snapshot.facts.number("host.cpus").value_or(snapshot.host.cpus) == 1) {
      return refused(*this, "the host has one CPU, and somebody else needs it too");
    }
    Proposal proposal = advised(*this, advice_for(snapshot));
    proposal.expected = {{"sched.neighbours.cores", "falls to near zero"},
                         {"sched.queue.neighbours.time_share", "falls with it"}};
    add_notes(snapshot, proposal.notes);
    return proposal;
  }
};

}  // namespace

std::unique_ptr<Fix> make_pin_cpus_fix() { return std::make_unique<PinCpus>(); }

}  // namespace faultline
