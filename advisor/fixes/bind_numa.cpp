// SPDX-License-Identifier: Apache-2.0
// bind-numa: memory and threads on one node. Advice: what the unit would say, and whether the node has room for it.
#include <fmt/format.h>

#include "advisor/facts/number_words.h"
#include "advisor/fixes/support/proposals.h"

namespace faultline {
namespace {

using facts::number_words;

// Threads that would queue on fewer CPUs lose more than remote memory costs them.
constexpr double most_of_the_cpus = 0.9;

class BindNuma : public Fix {
 public:
  std::string_view id() const override { return "bind-numa"; }
  std::string_view summary() const override { return "memory and threads on one NUMA node"; }
  std::string_view description() const override {
    return R"(  applies to  services that fit on one node, on hosts with several
  does        nothing by itself yet: the advice says what NUMAPolicy=, NUMAMask= and CPUAffinity= would be
  why so      preferred, not bind: memory that is bound ends the service when its node is full, while others have room
  refuses     more CPUs or more memory in use than the node has; memory that a policy interleaves
  price       the CPUs and the memory of the other nodes; a restart, as memory that is there stays where it is
  seen live   numa.memory_by_node and numa.cpu_by_node name the same node; Cpus_allowed_list of /proc/PID/status
  undone      without the three lines, at the next restart
  sources     man 5 systemd.exec (NUMAPolicy=, systemd 243), set_mempolicy(2), numa(7))";
  }

  Proposal propose(const Snapshot& snapshot, const std::map<std::string, double>& /*parameters*/) const override {
    const FactSet& facts = snapshot.facts;
    if (facts.number("host.numa_nodes") == 1.0) return refused(*this, "the host has one node");
    if (facts.flag("numa.interleaved") == true)
      return refused(*this, "a memory policy interleaves it: that was chosen");
    for (const auto* name : {"numa.home.node", "numa.home.cpus", "numa.home.cpus.count", "numa.home.room_bytes",
                             "cpu.busy.cores", "memory.rss_bytes"}) {
      if (const Fact* fact = facts.find(name); fact == nullptr || !fact->known()) {
        return refused(*this, needs_fact(facts, name));
      }
    }
    if (const auto why = too_large(facts); !why.empty()) return refused(*this, why);
    return advise(snapshot);
  }

 private:
  static std::string too_large(const FactSet& facts) {
    const std::string node = "node " + *facts.text("numa.home.node");
    const double cpus = *facts.number("numa.home.cpus.count");
    const double busy = *facts.number("cpu.busy.cores");
    if (busy > cpus * most_of_the_cpus) {
      return fmt::format(
          "the service uses {} and {} has {:.0f} CPUs: let each thread touch the memory that it uses, "
          "or interleave",
          number_words(busy, "cores"), node, cpus);
    }
    const double room = *facts.number("numa.home.room_bytes");
    const double resident = *facts.number("memory.rss_bytes");
    if (resident <= room) return {};
    return fmt::format("{} are resident and {} has room for {}", number_words(resident, "bytes"), node,
                       number_words(room, "bytes"));
  }

  Proposal advise(const Snapshot& snapshot) const {
    const FactSet& facts = snapshot.facts;
    const std::string node = *facts.text("numa.home.node");
    const std::string cpus = *facts.text("numa.home.cpus");
    Proposal proposal = advised(
        *this,
        fmt::format("NUMAPolicy=preferred, NUMAMask={} and CPUAffinity={}: node {} is where the threads run most. "
                    "preferred and not bind, which ends the service when that node is full while others have room. "
                    "Lists of CPUAffinity= add up over drop-ins: an empty CPUAffinity= before it clears them",
                    node, cpus, node));
    proposal.price =
        fmt::format("no CPUs but {} and no memory of other nodes while node {} has some; a restart", cpus, node);
    proposal.expected = {{"numa.misplaced.share", "falls to near zero"}, {"numa.remote.share", "falls to near zero"}};
    if (const auto policy = facts.text("numa.policy"); policy && *policy != "default") {
      proposal.notes.push_back(fmt::format(
          "the memory has the policy {} now: whatever sets it (NUMAPolicy=, numactl, the program) has to go", *policy));
    } else if (!policy) {
      proposal.notes.emplace_back("its memory policy was not read: look for numactl or NUMAPolicy= in what starts it");
    }
    if (facts.flag("numa.balancing") == true) {
      proposal.notes.emplace_back(
          "kernel.numa_balancing is on and may mend it by itself in time; it does not move what is bound");
    }
    return proposal;
  }
};

}  // namespace

std::unique_ptr<Fix> make_bind_numa_fix() { return std::make_unique<BindNuma>(); }

}  // namespace faultline
