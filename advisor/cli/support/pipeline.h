// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "advisor/cli/support/command_child.h"
#include "advisor/cli/support/console.h"
#include "advisor/diagnosis/rule.h"
#include "advisor/host/machine.h"
#include "advisor/measure/measure.h"
#include "advisor/model/change.h"
#include "advisor/model/diagnosis.h"
#include "advisor/model/result.h"
#include "advisor/model/snapshot.h"
#include "advisor/target/target.h"

// The stages of an audit in a row: machine, targets, snapshots, judgements. What the verbs share.
namespace faultline::cli {

/// The machine with its calibrated fault cost.
Result<host::Machine> prepare_machine();

/// The folder of the built-in rules, found relative to the program. Errors: not_found.
Result<std::filesystem::path> built_in_policies();

/// The rules of faultline's own folder and of the user's. Errors carry file:line:column.
Result<std::vector<diagnosis::Rule>> load_rules(const std::vector<std::string>& extra_folders);

struct WindowOptions {
  std::string window = "10s";
  std::string slice = "1s";
  std::string duration;              ///< a long window: replaces `window`, slices grow with it
  bool given = false;                ///< the user named a window
  std::vector<std::string> without;  ///< rungs that are left out
  std::vector<std::string> with;     ///< rungs that are left out where they are not asked for
};
struct WindowPlan {
  double window_seconds = 10;
  double slice_seconds = 1;
  std::string note;  ///< what was not taken as asked, for the user; or empty
  measure::LeftOut without;
};
/// Errors: usage for lengths that can't be meant, and for rungs that are not there or not to be left out.
Result<WindowPlan> plan_window(const WindowOptions& options);

/// A target of the command line: resolved, or why not.
struct Requested {
  std::string text;
  Result<target::Target> target;
};

/// What is to be measured in one window; holds the command that faultline started, if any.
struct Request {
  std::vector<Requested> targets;
  std::optional<CommandChild> command;
  bool all = false;
  std::vector<std::string> idle;  ///< services that `all` left out as idle
};
/// Errors: usage for no target at all. Targets that do not resolve are kept with their errors.
Result<Request> make_request(const host::Machine& machine, const std::vector<std::string>& texts,
                             const std::vector<std::string>& command, const ConsoleOptions& console);

/// One target through measurement. A snapshot, or the error of resolving or measuring it.
struct Measured {
  std::string text;
  Result<Snapshot> snapshot;
};
std::vector<Measured> run_window(const host::Machine& machine, Request& request, const WindowPlan& plan,
                                 const ConsoleOptions& console);

/// A snapshot judged and its fixes rendered.
struct Judged {
  Diagnosis diagnosis;
  Rendering rendering;
};
Judged judge(const Snapshot& snapshot, const std::vector<diagnosis::Rule>& rules);

}  // namespace faultline::cli
