// SPDX-License-Identifier: Apache-2.0
// raise-cpu-quota: as much CPU time as the service wanted, where the quota is its own.
#include <cmath>
#include <fmt/format.h>

#include "advisor/facts/number_words.h"
#include "advisor/fixes/support/proposals.h"

namespace faultline {
namespace {

using facts::number_words;

// A quota is set in whole percent: less of a difference is none.
constexpr double least_difference_cores = 0.01;

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_of(std::string_view cgroup_folder, std::string_view cgroup) {
  return cgroup.size() > 1 && cgroup.starts_with('/') && cgroup_folder.ends_with(cgroup);
}

/// The quota that stops the target has to be of the unit that a drop-in is written for.
std::optional<std::string> owner_refusal(const Snapshot& snapshot) {
  const auto limiting = snapshot.facts.text("throttling.limiting_cgroup");
  if (!limiting) return needs_fact(snapshot.facts, "throttling.limiting_cgroup");
  if (!snapshot.unit) {
    if (is_of(*limiting, snapshot.process.cgroup) && limiting->ends_with(".service")) return std::nullopt;
    return fmt::format(
        "the quota is of {}, which is no service of systemd's: whoever made that cgroup sets it (a "
        "container's runtime, a pod's CPU limit, a slice)",
        *limiting);
  }
  const std::string& own = snapshot.unit->control_group;
  if (own.size() <= 1) return "the unit has no cgroup now: start it, and audit it while it runs";
  if (is_of(*limiting, own)) return std::nullopt;
  if (limiting->find(own + "/") != std::string::npos) {
    return fmt::format(
        "the quota is of {}, a cgroup inside the unit that the service itself or a container runtime "
        "made: it is set there",
        *limiting);
  }
  return fmt::format(
      "the quota is of {}, above the unit: a higher one of the unit's own changes nothing while '{}' "
      "limits all that is in it",
      *limiting, last_part(*limiting));
}

std::optional<std::string> size_refusal(const Snapshot& snapshot, double cores, double quota) {
  const double cpus = snapshot.facts.number("host.cpus").value_or(snapshot.host.cpus);
  if (cpus < 1) return needs_fact(snapshot.facts, "host.cpus");
  if (cores < quota + least_difference_cores) {
    return fmt::format(
        "the quota of {} is as high as is of use on a host of {:.0f} CPUs: fewer threads, or a larger "
        "host",
        number_words(quota, "cores"), cpus);
  }
  if (cores > cpus) {
    return fmt::format("it would take {}, and the host has {:.0f}", number_words(cores, "cores"), cpus);
  }
  if (snapshot.unit && snapshot.unit->cpu_quota_cores && *snapshot.unit->cpu_quota_cores > cores) {
    return fmt::format("CPUQuota= of the unit is {} already, and the cgroup has {}: something else wrote it there",
                       number_words(*snapshot.unit->cpu_quota_cores, "cores"), number_words(quota, "cores"));
  }
  return std::nullopt;
}

class RaiseCpuQuota : public Fix {
 public:
  std::string_view id() const override { return "raise-cpu-quota"; }
  std::string_view summary() const override { return "a CPU quota that the service's bursts fit in"; }
  std::string_view description() const override {
    return R"(  applies to  services that their own CPU quota stops, of any runtime
  sets        CPUQuota=, to what the rule computed from the CPU time that was wanted; never lower than it is
  refuses     a quota of a cgroup above the unit (a slice, a container, a pod) or inside it, more than the host has
  price       CPU time that other services of the host do not get
  live when   cpu.max of the unit's cgroup, after daemon-reload; no restart
  undone by   removing the drop-in, daemon-reload
  sources     systemd.resource-control(5), Linux Documentation/scheduler/sched-bwc.rst)";
  }

  Proposal propose(const Snapshot& snapshot, const std::map<std::string, double>& parameters) const override {
    const FactSet& facts = snapshot.facts;
    const auto quota = facts.number("throttling.quota.cores");
    if (!quota) return refused(*this, needs_fact(facts, "throttling.quota.cores"));
    const auto cores = parameter(parameters, "cores");
    if (!cores) return refused(*this, needs_fact(facts, "throttling.wanted.cores"));
    if (auto why = owner_refusal(snapshot)) return refused(*this, std::move(*why));
    if (auto why = size_refusal(snapshot, *cores, *quota)) return refused(*this, std::move(*why));
    Proposal proposal = proposal_of(*this);
    proposal.settings = {CpuQuota{*cores}};
    const double cpus = facts.number("host.cpus").value_or(snapshot.host.cpus);
    proposal.price = fmt::format("up to {} instead of {}: {} of the host's {:.0f} CPUs that others do not get then",
                                 number_words(*cores, "cores"), number_words(*quota, "cores"),
                                 number_words(*cores - *quota, "cores"), cpus);
    proposal.expected = {
        {"throttling.throttled.share",
         fmt::format("falls from {} to near zero", facts::fact_words(facts, "throttling.throttled.share"))},
        {"throttling.used.cores",
         fmt::format("rises to about {}", facts::fact_words(facts, "throttling.wanted.cores"))}};
    add_notes(snapshot, *cores, *quota, cpus, proposal.notes);
    return proposal;
  }

 private:
  static void add_notes(const Snapshot& snapshot, double cores, double quota, double cpus,
                        std::vector<std::string>& notes) {
    const auto threads = snapshot.facts.number("process.threads.count");
    if (threads && *threads > std::ceil(quota)) {
      notes.push_back(
          fmt::format("{:.0f} threads share {}: as many worker threads as cores of quota would take no CPU "
                      "time from others",
                      *threads, number_words(quota, "cores")));
    }
    if (snapshot.facts.text("runtime.kind") == "go") {
      notes.push_back(
          fmt::format("Go before 1.25 starts a thread a CPU of the host and does not see the quota: "
                      "GOMAXPROCS={:.0f} is the other way",
                      std::ceil(quota)));
    }
    if (cores > cpus - least_difference_cores) {
      notes.emplace_back("that is every CPU of the host: CPUWeight= divides CPUs without stopping anyone");
    }
  }
};

}  // namespace

std::unique_ptr<Fix> make_raise_cpu_quota_fix() { return std::make_unique<RaiseCpuQuota>(); }

}  // namespace faultline
