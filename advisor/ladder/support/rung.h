// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "advisor/host/machine.h"
#include "advisor/host/sample_feed.h"
#include "advisor/ladder/support/moment.h"
#include "advisor/ladder/support/probe_readings.h"
#include "advisor/model/fact.h"
#include "advisor/model/snapshot.h"
#include "advisor/target/activity.h"
#include "advisor/target/code_file.h"
#include "advisor/target/process_watch.h"
#include "advisor/target/runtime.h"
#include "advisor/target/target.h"

namespace faultline {

/// What the targets of a window share: read once for all of them.
struct Shared {
  explicit Shared(const host::Root& root) : moment(root) {}
  Moment moment;
  target::Binaries binaries;
  target::CodeFiles code_files;
};

/// What a rung sees of the measurement. The watch is refreshed by the caller before each call of slice() and close().
struct Observation {
  const host::Machine& machine;
  const target::ProcessWatch& watch;
  const host::SampleFeed& feed;      ///< what samples there can be, and why not
  const target::Activity& activity;  ///< what the feed brought of this target since the last drain()
  double slice_seconds = 1.0;
  const ProbeReadings& probes = no_probes();  ///< as of the last slice; whole when result() is called
  Shared* shared = nullptr;                   ///< with the other targets; nothing: each reads for itself
  /// Nothing of the target ran or faulted since the call before, as far as the kernel says; what is read from it would
  /// be the same. Never set while targets are few: then looking costs little.
  bool quiet = false;

  /// For the small files of the host, of cgroups and of the target's processes: as they are at this moment. What is
  /// large is read by one rung alone, and from the machine.
  [[nodiscard]] const host::Root& files() const { return shared != nullptr ? shared->moment.files() : machine.root; }
};

struct RungResult {
  std::vector<Fact> facts;          ///< every fact of the catalogue that names this rung, known or unknown with reason
  std::vector<FoldedStack> stacks;  ///< profile only
  std::optional<Process> process;   ///< runtime only: what the target is
};

/// One thing that a rung needs of the machine or of the privileges, for `doctor`.
struct Need {
  std::string what;  ///< e.g. "kernel call stacks"
  bool there = false;
  std::string without;  ///< what is lost when it is not there
  std::string unlock;   ///< the exact command or capability; empty when nothing unlocks it
};

/// One step of the ladder: opens with the window, reads by slice, says facts when it closes. A rung that cannot see
/// says so in unknown facts; it never fails the audit.
class Rung {
 public:
  virtual ~Rung() = default;
  Rung() = default;
  Rung(const Rung&) = delete;
  Rung& operator=(const Rung&) = delete;

  [[nodiscard]] virtual std::string_view id() const = 0;  ///< as in the catalogue's rung column
  [[nodiscard]] virtual int order() const = 0;            ///< place in the ladder
  /// Takes the first reading and attaches what it needs. For a command it runs before the command's exec.
  virtual void open(const Observation& seen) = 0;
  /// New activity of the target is there; several times a slice, and once more before close(). Must be cheap.
  virtual void drain(const Observation& seen) { (void)seen; }
  /// A slice ended.
  virtual void slice(const Observation& seen) { (void)seen; }
  /// The window closed `seconds` after it opened: stop counting. Nothing else; symbols and text come with result().
  virtual void close(const Observation& seen, double seconds) = 0;
  virtual RungResult result(const Observation& seen) = 0;
  /// What this rung needs, and whether it is there now.
  [[nodiscard]] virtual std::vector<Need> needs(const host::Machine& machine) const = 0;
};

/// All rungs, from the files of advisor/ladder, sorted by order().
std::vector<std::unique_ptr<Rung>> all_rungs();

}  // namespace faultline
