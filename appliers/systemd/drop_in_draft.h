// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "advisor/model/change.h"
#include "advisor/model/result.h"
#include "advisor/model/snapshot.h"
#include "appliers/systemd/directive.h"
#include "appliers/systemd/drop_in.h"
#include "appliers/systemd/obstacles.h"
#include "appliers/systemd/unit_type.h"

namespace faultline::systemd {

/// The reason of an error in one line.
std::string in_one_line(const Error& error);

/// Our file as it will be, built fix by fix on top of what it has. `unit` and `process` must outlive it; the unit's
/// name is valid and its type known (unit_obstacle).
class DropInDraft {
 public:
  DropInDraft(const Unit& unit, const Environment& process, std::vector<Directive> own);

  /// Takes a fix in whole, or says why not.
  std::optional<Refusal> take(const FixSettings& fix);
  [[nodiscard]] bool has_taken_any() const { return !taken_.empty(); }
  /// Errors: refused or bug, when the text does not read back as it is meant.
  [[nodiscard]] Result<Change> change(const std::string& faultline_version) const;

 private:
  [[nodiscard]] bool is_taken(const std::string& fix) const;
  [[nodiscard]] Settings settings() const;
  [[nodiscard]] const Directive* pending(const Directive& directive) const;
  /// What the unit says without our file's new content.
  [[nodiscard]] std::optional<std::string> said_by_unit(const Directive& directive) const;
  [[nodiscard]] Result<Directive> merged(Directive directive) const;
  [[nodiscard]] std::optional<std::string> obstacle(const Directive& directive) const;
  /// A fix of the plan that this directive would take something from: another value, or another part of a list.
  [[nodiscard]] std::optional<std::string> conflict(const Directive& directive) const;
  /// What stays when a fix is rendered again: all but what an earlier rendering of it set and it means no more.
  [[nodiscard]] std::vector<Directive> without_old(const std::string& fix, const std::vector<Directive>& wanted) const;
  [[nodiscard]] bool is_there(const Directive& directive) const;
  /// What to say of a fix that would change nothing: it is in the unit, or in our file and not loaded or not live yet.
  [[nodiscard]] std::string already(const std::vector<Directive>& wanted) const;
  [[nodiscard]] std::string own_path() const;
  void put(Directive directive);
  /// Reads what was written as systemd and as a later faultline will: it has to say what was meant, and no more.
  [[nodiscard]] Result<void> check(const std::string& text) const;
  [[nodiscard]] bool takes_restart() const;
  void add_notes(Change& change) const;

  const Unit& unit_;
  const UnitType& type_;
  const Environment& process_;
  std::vector<Directive> directives_;
  std::set<std::string> kept_;  ///< fixes that the file has already
  std::vector<FixSettings> taken_;
};

}  // namespace faultline::systemd
