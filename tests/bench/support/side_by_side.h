// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/bench/support/verdict.h"

namespace faultline::bench {

/// One quantity as faultline and as another tool say it, a value of each a round.
class SideBySide {
 public:
  /// Of fewer events than `least` a difference says nothing: a count is read some milliseconds off the window's edges.
  void add_count(double ours, double theirs, double least = 500);
  /// Parts of one. `chance_points`: what two samplers of the same thing differ by.
  void add_share(double ours, double theirs, std::optional<double> chance_points = std::nullopt);

  /// "  NAME  OURS  THEIRS  DIFFERENCE [INTERVAL] %  held": of the median difference within `bound`, in percent for
  /// counts and in points for shares. Without any value it is not decided; with too few events it is shown only.
  void print(const std::string& name, double bound, Verdicts& verdicts) const;
  /// Without a verdict, for `reason`.
  void print_only(const std::string& name, const std::string& reason) const;
  /// Of a share that is promised to be a lower bound.
  void print_lower_bound(const std::string& name, double bound, Verdicts& verdicts) const;
  /// The line above.
  static void print_header(const std::string& other_tool);

 private:
  void print_values(const std::string& name) const;
  void print_difference(Verdict verdict) const;

  bool share_ = false;
  std::vector<double> ours_, theirs_;
  std::vector<double> differences_;  ///< ours less theirs
  std::vector<double> chance_;
};

}  // namespace faultline::bench
