// SPDX-License-Identifier: Apache-2.0
// exclusive-cpus: whole CPUs for a container, by the kubelet's static CPU manager. Advice: it is a matter of the pod's
// resources and of the node's kubelet.
#include "advisor/fixes/support/proposals.h"

namespace faultline {
namespace {

class ExclusiveCpus : public Fix {
 public:
  std::string_view id() const override { return "exclusive-cpus"; }
  std::string_view summary() const override { return "whole CPUs for the container, by Kubernetes' CPU manager"; }
  std::string_view description() const override {
    return R"(  applies to  containers of Kubernetes that wait for a CPU behind other pods
  does        nothing by itself: it takes the pod's resources and the node's kubelet
  price       CPUs that no other pod uses while it idles; pods are placed by whole CPUs
  live when   Cpus_allowed_list of /proc/PID/status is as many CPUs as the container asked for
  sources     Kubernetes, Control CPU Management Policies on the Node)";
  }

  Proposal propose(const Snapshot& snapshot, const std::map<std::string, double>& /*parameters*/) const override {
    if (snapshot.process.cgroup.find("kubepods") == std::string::npos) {
      return refused(*this, "its cgroup is not of a pod of Kubernetes: pin-cpus is the way here");
    }
    Proposal proposal = advised(
        *this,
        "cpuManagerPolicy: static in the node's kubelet configuration, and a pod of the Guaranteed class with whole "
        "CPUs: in every container, side-cars too, requests equal to limits for cpu and memory, and an integer cpu in "
        "this one");
    proposal.expected = {{"sched.neighbours.cores", "falls to what runs outside of pods"},
                         {"sched.queue.neighbours.time_share", "falls with it"}};
    proposal.notes = {
        "exclusive against other pods only: daemons of the node still run there unless they are kept off",
        "the kubelet has to be drained, stopped and started without its cpu_manager_state to change the policy, and "
        "asks for CPUs reserved for the system",
        "before Kubernetes 1.33 a CPU limit can still throttle a container with exclusive CPUs: compare cpu.max"};
    return proposal;
  }
};

}  // namespace

std::unique_ptr<Fix> make_exclusive_cpus_fix() { return std::make_unique<ExclusiveCpus>(); }

}  // namespace faultline
