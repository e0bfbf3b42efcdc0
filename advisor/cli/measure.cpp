// SPDX-License-Identifier: Apache-2.0
// measure: the first half of an audit, on the host; needs the privileges. diagnose is the other half.
#include "advisor/cli/support/exit_code.h"
#include "advisor/cli/support/pipeline.h"
#include "advisor/cli/support/report_out.h"
#include "advisor/cli/support/verb.h"

namespace faultline {
namespace {

using namespace cli;

class MeasureVerb : public Verb {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("measure", "measure a running service into a snapshot");
    verb->footer(
        "Example: faultline measure rewards.service -o rewards.json\n"
        "         faultline diagnose rewards.json        (anywhere, without privileges)");
    verb->add_option("TARGET", targets_, "NAME.service, pid:N, cgroup:/PATH");
    verb->add_option("-o,--output", output_, "the snapshot; standard output without")->default_str("-");
    verb->add_option("--window", window_.window, "how long to measure: 10s, 500ms, 2m; default 10s");
    verb->add_option("--slice", window_.slice, "resolution over time, default 1s");
    verb->add_option("--duration", window_.duration, "a long window such as 30m, in sixty slices");
    verb->add_option("--with", window_.with, "a rung that is left out otherwise: allocations; may be repeated")
        ->allow_extra_args(false);
    verb->add_option("--without", window_.without, "a rung to leave out, such as locks; may be repeated")
        ->allow_extra_args(false);
    return verb;
  }

  int run(const Invocation& invocation) override {
    const auto result = measure(invocation);
    if (result) return done;
    print_error(result.error());
    return exit_code_of(result.error().kind);
  }

 private:
  Result<void> measure(const Invocation& invocation) {
    if (targets_.size() + (invocation.command.empty() ? 0 : 1) != 1 || (!targets_.empty() && targets_[0] == "all")) {
      return fail(ErrorKind::usage, "a snapshot holds one target", "TARGET", "give one service, pid, cgroup or command",
                  "use `audit` for several");
    }
    const auto plan = plan_window(window_);
    if (!plan) return tl::unexpected(plan.error());
    const auto machine = prepare_machine();
    if (!machine) return tl::unexpected(machine.error());
    auto request = make_request(*machine, targets_, invocation.command, invocation.console);
    if (!request) return tl::unexpected(request.error());
    const auto measured = run_window(*machine, *request, *plan, invocation.console);
    if (!measured.front().snapshot) return tl::unexpected(measured.front().snapshot.error());
    return save_snapshots(measured, output_);
  }

  std::vector<std::string> targets_;
  std::string output_ = "-";
  WindowOptions window_;
};

}  // namespace

std::unique_ptr<Verb> make_measure_verb() { return std::make_unique<MeasureVerb>(); }

}  // namespace faultline
