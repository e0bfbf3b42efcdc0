// SPDX-License-Identifier: Apache-2.0
// gate-readiness: no traffic before the service is warm. Advice: only the service knows when it is.
#include "advisor/fixes/support/proposals.h"

namespace faultline {
namespace {

class GateReadiness : public Fix {
 public:
  std::string_view id() const override { return "gate-readiness"; }
  std::string_view summary() const override { return "no traffic before the service is warm"; }
  std::string_view description() const override {
    return R"(  applies to  services that grow or fill caches after they start to listen
  does        nothing by itself: the service has to say when it is warm
  price       a new instance takes longer until it serves; the warm-up needs a time limit of its own
  sources     sd_notify(3), systemd.service(5) Type=notify, Kubernetes startup and readiness probes)";
  }

  Proposal propose(const Snapshot& snapshot, const std::map<std::string, double>& /*parameters*/) const override {
    std::string advice =
        "let the program warm up before it says that it is ready, and let the load balancer ask: a health or readiness "
        "endpoint that fails until then";
    if (snapshot.unit) {
      advice +=
          "; under systemd Type=notify with READY=1 after the warm-up (sd_notify(3)) and a TimeoutStartSec= above it, "
          "as ExecStartPost= of a Type=simple service holds nothing back";
    }
    Proposal proposal = advised(
        *this, advice + "; in Kubernetes a startupProbe whose failureThreshold × periodSeconds is above the warm-up");
    proposal.expected = {{"faults.first_touch.time_share", "falls once requests come only after the warm-up"}};
    return proposal;
  }
};

}  // namespace

std::unique_ptr<Fix> make_gate_readiness_fix() { return std::make_unique<GateReadiness>(); }

}  // namespace faultline
