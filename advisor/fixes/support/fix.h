// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "advisor/model/diagnosis.h"
#include "advisor/model/snapshot.h"

namespace faultline {

/// A platform-neutral intention. Turns a finding's snapshot into settings, or refuses with the reason.
class Fix {
 public:
  virtual ~Fix() = default;
  Fix() = default;
  Fix(const Fix&) = delete;
  Fix& operator=(const Fix&) = delete;

  [[nodiscard]] virtual std::string_view id() const = 0;
  [[nodiscard]] virtual std::string_view summary() const = 0;
  /// For `explain`: applies to, refuses when, settings, price, how it is proved live, undone; sources.
  [[nodiscard]] virtual std::string_view description() const = 0;
  /// `parameters` are numbers that the rule computed from facts, by name. Unknown facts that the fix needs for its
  /// safety are a refusal, never a guess.
  [[nodiscard]] virtual Proposal propose(const Snapshot& snapshot,
                                         const std::map<std::string, double>& parameters) const = 0;
};

/// All fixes, from the files of advisor/fixes.
std::vector<std::unique_ptr<Fix>> all_fixes();

}  // namespace faultline
