// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace faultline::bench {

/// Exit codes of a bench, the worst of its verdicts.
enum class Verdict {
  held = 0,
  missed = 1,
  not_decided = 2,  ///< the machine was too noisy, or nothing could be compared: never counts as held
};

/// Whether the median of `values` is at most `bound`: held when its whole 95 % interval is, missed when none of it is.
Verdict at_most(const std::vector<double>& values, double bound);

/// Whether the median of `values` is between -bound and bound: held when its whole 95 % interval is, missed when none.
Verdict within(const std::vector<double>& values, double bound);

/// Whether the median of `values` itself is at most `bound`; not decided for no values. For what does not scatter with
/// the machine's noise, or where the promise is of the median.
Verdict median_at_most(const std::vector<double>& values, double bound);

std::string to_string(Verdict verdict);

/// A bench's promises one after the other.
class Verdicts {
 public:
  Verdict add(Verdict verdict);
  /// 1 when any was missed, else 2 when any was not decided, else 0.
  [[nodiscard]] int exit_code() const;

 private:
  bool missed_ = false;
  bool not_decided_ = false;
};

}  // namespace faultline::bench
