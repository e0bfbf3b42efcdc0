// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/verdict.h"

#include "tests/bench/support/statistics.h"

namespace faultline::bench {

Verdict at_most(const std::vector<double>& values, double bound) {
  const auto interval = median_interval(values);
  if (!interval) return Verdict::not_decided;
  if (interval->high <= bound) return Verdict::held;
  return interval->low > bound ? Verdict::missed : Verdict::not_decided;
}

Verdict within(const std::vector<double>& values, double bound) {
  const auto interval = median_interval(values);
  if (!interval) return Verdict::not_decided;
  if (interval->low >= -bound && interval->high <= bound) return Verdict::held;
  return interval->low > bound || interval->high < -bound ? Verdict::missed : Verdict::not_decided;
}

Verdict median_at_most(const std::vector<double>& values, double bound) {
  if (values.empty()) return Verdict::not_decided;
  return median(values) <= bound ? Verdict::held : Verdict::missed;
}

std::string to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::held: return "held";
    case Verdict::missed: return "MISSED";
    case Verdict::not_decided: return "not decided";
  }
  return "";
}

Verdict Verdicts::add(Verdict verdict) {
  missed_ = missed_ || verdict == Verdict::missed;
  not_decided_ = not_decided_ || verdict == Verdict::not_decided;
  return verdict;
}

int Verdicts::exit_code() const {
  if (missed_) return static_cast<int>(Verdict::missed);
  return static_cast<int>(not_decided_ ? Verdict::not_decided : Verdict::held);
}

}  // namespace faultline::bench
