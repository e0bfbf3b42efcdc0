// SPDX-License-Identifier: Apache-2.0
// doctor: what this machine and these privileges let each rung see, what is lost without, and the unlock.
#include <fmt/format.h>

#include "advisor/cli/support/exit_code.h"
#include "advisor/cli/support/pipeline.h"
#include "advisor/cli/support/verb.h"
#include "advisor/host/system_bus.h"
#include "advisor/ladder/support/rung.h"
#include "advisor/report/number_text.h"
#include "advisor/report/paint.h"

namespace faultline {
namespace {

using namespace cli;

class DoctorVerb : public Verb {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("doctor", "what can be measured here, what is lost and how to get it");
    verb->footer("Example: faultline doctor");
    return verb;
  }

  int run(const Invocation& invocation) override {
    auto machine = prepare_machine();
    if (!machine) {
      print_error(machine.error());
      return exit_code_of(machine.error().kind);
    }
    const report::Paint paint(color_on_stdout(invocation.console));
    std::string text = heading(*machine);
    for (const auto& rung : all_rungs()) {
      for (const Need& need : rung->needs(*machine)) text += row(paint, rung->id(), need);
    }
    text += row(paint, "targets", bus_need());
    const auto written = write_data(text, "");
    if (written) return done;
    print_error(written.error());
    return cli::error;
  }

 private:
  static std::string heading(const host::Machine& machine) {
    const Host& host = machine.facts;
    const auto& can = machine.abilities;
    std::string privileges = can.uid == 0 ? "root" : fmt::format("uid {}", can.uid);
    for (const auto& [there, name] :
         {std::pair{can.cap_sys_admin, "CAP_SYS_ADMIN"}, std::pair{can.cap_perfmon, "CAP_PERFMON"},
          std::pair{can.cap_sys_ptrace, "CAP_SYS_PTRACE"}, std::pair{can.cap_syslog, "CAP_SYSLOG"}}) {
      if (there) privileges += fmt::format(" {}", name);
    }
    return fmt::format(
        "Linux {} {} · {} CPUs, {} NUMA node{} · {} · PMU {} · perf_event_paranoid {} · kptr_restrict {}\n"
        "you are {}\n"
        "one minor fault costs {} here: first touch of an anonymous {} page, calibrated now\n\n",
        host.kernel, host.architecture, host.cpus, host.numa_nodes, host.numa_nodes == 1 ? "" : "s",
        can.has_btf ? "BTF" : "no BTF", can.has_pmu ? "yes" : "no", number(can.perf_event_paranoid),
        number(can.kptr_restrict), privileges,
        host.ns_per_fault ? report::with_unit(*host.ns_per_fault, "ns") : "an unknown time",
        report::bytes(static_cast<double>(host.page_bytes)));
  }

  static std::string number(const std::optional<int>& value) { return value ? std::to_string(*value) : "unknown"; }

  static std::string row(const report::Paint& paint, std::string_view rung, const Need& need) {
    const std::string state = need.there ? paint.green("ok     ") : paint.yellow("missing");
    std::string text = fmt::format("{:<12} {} {}\n", rung, state, need.what);
    if (need.there) return text;
    text += fmt::format("{:<20} lost    {}\n", "", need.without);
    if (!need.unlock.empty()) text += fmt::format("{:<20} unlock  {}\n", "", need.unlock);
    return text;
  }

  static Need bus_need() {
    const auto bus = host::connect_system_bus();
    Need need{"systemd on the system bus", bus.has_value(), "targets by unit name, `all`, and merging with a unit", ""};
    if (!bus) need.unlock = bus.error().hint;
    return need;
  }
};

}  // namespace

std::unique_ptr<Verb> make_doctor_verb() { return std::make_unique<DoctorVerb>(); }

}  // namespace faultline
