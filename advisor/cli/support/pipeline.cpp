// SPDX-License-Identifier: Apache-2.0
#include "advisor/cli/support/pipeline.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <utility>

#include "advisor/cli/support/changes.h"
#include "advisor/cli/support/duration.h"
#include "advisor/cli/support/screen.h"
#include "advisor/cli/support/stop_signal.h"
#include "advisor/diagnosis/diagnose.h"
#include "advisor/diagnosis/suggest.h"
#include "advisor/host/proc.h"
#include "advisor/host/system_bus.h"
#include "advisor/ladder/support/rung.h"
#include "advisor/measure/measure.h"
#include "advisor/model/text.h"
#include "advisor/target/runtime.h"

namespace faultline::cli {
namespace {

constexpr double least_window_seconds = 0.1;
constexpr double most_window_seconds = 24 * 3600;
constexpr double least_slice_seconds = 0.1;
constexpr double slices_of_a_long_window = 60;

/// The bus is only looked for when a target needs it: an audit of a pid works where there is no systemd.
class LazyBus {
 public:
  host::SystemBus* get() {
    if (!tried_) {
      tried_ = true;
      auto connected = host::connect_system_bus();
      if (connected) {
        bus_ = std::move(*connected);
      } else {
        error_ = connected.error();
      }
    }
    return bus_.get();
  }
  [[nodiscard]] const Error& error() const { return error_; }

 private:
  bool tried_ = false;
  std::unique_ptr<host::SystemBus> bus_;
  Error error_;
};

/// The system unit whose cgroup a process is in, by the name of the cgroup; empty for user units and scopes.
std::string system_unit_of(const host::Machine& machine, pid_t pid) {
  const auto cgroups = host::read_cgroups(machine.root, pid);
  if (!cgroups) return {};
  for (const auto* hierarchy : {"", "name=systemd"}) {
    const auto it = cgroups->find(hierarchy);
    if (it == cgroups->end() || it->second.find("/user@") != std::string::npos) continue;
    std::string last = it->second.substr(it->second.rfind('/') + 1);
    if (last.ends_with(".service")) return last;
  }
  return {};
}

/// A pid that a unit runs is fixed through that unit: its drop-in has to be merged with what the unit sets.
void attach_unit(const host::Machine& machine, LazyBus& bus, target::Target& target) {
  if (target.kind != target::Kind::pid) return;
  const std::string name = system_unit_of(machine, target.main_pid);
  if (name.empty() || bus.get() == nullptr) return;
  const auto unit = bus.get()->unit(name, target::is_tuning_variable);
  if (unit && unit->active_state == "active") target.unit = *unit;
}

Requested resolve_one(const host::Machine& machine, LazyBus& bus, const std::string& text) {
  const auto spec = target::parse(text);
  if (!spec) return {text, tl::unexpected(spec.error())};
  host::SystemBus* const connected = spec->kind == target::Kind::unit ? bus.get() : nullptr;
  if (spec->kind == target::Kind::unit && connected == nullptr) return {text, tl::unexpected(bus.error())};
  auto target = target::resolve(*spec, machine, connected);
  if (target) attach_unit(machine, bus, *target);
  return {text, std::move(target)};
}

Result<void> add_all(const host::Machine& machine, LazyBus& bus, const ConsoleOptions& console, Request& request) {
  if (bus.get() == nullptr) return tl::unexpected(bus.error());
  auto services = target::resolve_all(machine, bus.get());
  if (!services) return tl::unexpected(services.error());
  print_message(console, fmt::format("a first look at {} services", services->size()));
  Screened screened = screen(machine, std::move(*services));
  request.all = true;
  request.idle = std::move(screened.idle);
  for (auto& target : screened.busy) {
    std::string name = target.name;
    request.targets.push_back({std::move(name), std::move(target)});
  }
  return {};
}

// Their readings cost the target more, or are less certain, than those that everybody needs.
constexpr std::array<std::string_view, 1> on_request{"allocations"};

Result<void> check_rungs(const std::vector<std::string>& names, const std::vector<std::string_view>& known,
                         const char* what, const char* option) {
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return fail(ErrorKind::usage, what, option, visible(name), diagnosis::did_you_mean(name, known));
  }
  return {};
}

/// The rungs that others are built on can't be left out.
Result<measure::LeftOut> plan_left_out(const WindowOptions& options) {
  const auto rungs = all_rungs();
  std::vector<std::string_view> known;
  for (const auto& rung : rungs) {
    if (rung->id() != "counters" && rung->id() != "profile" && rung->id() != "runtime") known.push_back(rung->id());
  }
  auto checked = check_rungs(options.without, known, "no rung that can be left out", "--without");
  if (checked) {
    checked =
        check_rungs(options.with, {on_request.begin(), on_request.end()}, "no rung that has to be asked for", "--with");
  }
  if (!checked) return tl::unexpected(checked.error());
  measure::LeftOut left_out;
  for (const std::string_view rung : on_request) {
    if (std::find(options.with.begin(), options.with.end(), rung) != options.with.end()) continue;
    left_out.emplace(
        rung, measure::WhyLeftOut{fmt::format("not asked for (--with {})", rung), fmt::format("--with {}", rung)});
  }
  for (const std::string& name : options.without) {
    left_out[name] = {"left out as asked", fmt::format("the same without --without {}", name)};
  }
  return left_out;
}

Result<void> add_command(const std::vector<std::string>& command, Request& request) {
  auto child = CommandChild::start(command);
  if (!child) return tl::unexpected(child.error());
  target::Target target;
  target.kind = target::Kind::command;
  target.name = "command:" + command.front();
  target.main_pid = child->pid();
  request.command.emplace(std::move(*child));
  request.targets.push_back({target.name, target});
  return {};
}

}  // namespace

Result<host::Machine> prepare_machine() {
  auto machine = host::inspect_machine();
  if (machine) machine->facts.ns_per_fault = host::calibrate_ns_per_fault();
  return machine;
}

Result<WindowPlan> plan_window(const WindowOptions& options) {
  const bool is_long = !options.duration.empty();
  const auto window = is_long
                          ? parse_duration("--duration", options.duration, least_window_seconds, most_window_seconds)
                          : parse_duration("--window", options.window, least_window_seconds, most_window_seconds);
  if (!window) return tl::unexpected(window.error());
  const auto slice = parse_duration("--slice", options.slice, least_slice_seconds, most_window_seconds);
  if (!slice) return tl::unexpected(slice.error());
  const auto without = plan_left_out(options);
  if (!without) return tl::unexpected(without.error());
  WindowPlan plan{*window, std::min(*slice, *window), {}, *without};
  if (is_long) plan.slice_seconds = std::max(plan.slice_seconds, *window / slices_of_a_long_window);
  const double least = plan.window_seconds / measure::most_slices;
  if (plan.slice_seconds < least) {
    plan.slice_seconds = least;
    plan.note = fmt::format("slices of {:.1f} s: a window has at most {}", least, measure::most_slices);
  }
  return plan;
}

Result<Request> make_request(const host::Machine& machine, const std::vector<std::string>& texts,
                             const std::vector<std::string>& command, const ConsoleOptions& console) {
  if (texts.empty() && command.empty()) {
    return fail(ErrorKind::usage, "no target", "TARGET", "nothing to audit was named",
                "give NAME.service, pid:N, cgroup:/PATH, all, or -- COMMAND");
  }
  Request request;
  LazyBus bus;
  for (const std::string& text : texts) {
    if (text != "all") {
      request.targets.push_back(resolve_one(machine, bus, text));
    } else if (auto added = add_all(machine, bus, console, request); !added) {
      return tl::unexpected(added.error());
    }
  }
  if (!command.empty()) {
    if (auto added = add_command(command, request); !added) return tl::unexpected(added.error());
  }
  return request;
}

std::vector<Measured> run_window(const host::Machine& machine, Request& request, const WindowPlan& plan,
                                 const ConsoleOptions& console) {
  std::vector<target::Target> targets;
  for (const Requested& one : request.targets) {
    if (one.target) targets.push_back(*one.target);
  }
  std::optional<Error> command_error;
  std::vector<Result<Snapshot>> snapshots;
  if (!targets.empty()) {
    if (!plan.note.empty()) print_message(console, plan.note);
    const StopSignal stop;
    ProgressLine progress(console);
    measure::Options options;
    options.window_seconds = plan.window_seconds;
    options.slice_seconds = plan.slice_seconds;
    options.without = plan.without;
    options.stop_fd = stop.fd();
    options.on_open = [&] {
      if (!request.command) return;
      if (auto released = request.command->release(); !released) command_error = released.error();
    };
    options.on_progress = [&](double seconds) {
      progress.show(fmt::format("measuring {:.0f} of {:.0f} s", seconds, plan.window_seconds));
    };
    snapshots = measure::measure(machine, targets, options);
  }
  std::vector<Measured> measured;
  std::size_t next = 0;
  for (Requested& one : request.targets) {
    if (!one.target) {
      measured.push_back({one.text, tl::unexpected(one.target.error())});
    } else if (command_error && one.target->kind == target::Kind::command) {
      measured.push_back({one.text, tl::unexpected(*command_error)});
      ++next;
    } else {
      measured.push_back({one.text, std::move(snapshots[next++])});
    }
  }
  return measured;
}

Judged judge(const Snapshot& snapshot, const std::vector<diagnosis::Rule>& rules) {
  Judged judged;
  judged.diagnosis = diagnosis::diagnose(snapshot, rules);
  judged.rendering = changes_for(snapshot, judged.diagnosis.findings);
  return judged;
}

}  // namespace faultline::cli
