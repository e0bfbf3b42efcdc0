// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/support/side_by_side.h"

#include <fmt/format.h>

#include "tests/bench/support/statistics.h"

namespace faultline::bench {

void SideBySide::add_count(double ours, double theirs, double least) {
  ours_.push_back(ours);
  theirs_.push_back(theirs);
  if (theirs >= least) differences_.push_back((ours / theirs - 1) * 100);
}

void SideBySide::add_share(double ours, double theirs, std::optional<double> chance_points) {
  share_ = true;
  ours_.push_back(ours * 100);
  theirs_.push_back(theirs * 100);
  differences_.push_back((ours - theirs) * 100);
  if (chance_points) chance_.push_back(*chance_points);
}

void SideBySide::print(const std::string& name, double bound, Verdicts& verdicts) const {
  print_values(name);
  if (ours_.empty()) {
    fmt::print("  {}\n", to_string(verdicts.add(Verdict::not_decided)));
  } else if (differences_.empty()) {
    fmt::print(" {:>30}  too few to compare\n", "");
  } else {
    print_difference(verdicts.add(within(differences_, bound)));
  }
}

void SideBySide::print_only(const std::string& name, const std::string& reason) const {
  print_values(name);
  const std::string difference =
      differences_.empty() ? "" : with_interval(differences_, 2) + (share_ ? " points" : " %");
  fmt::print(" {:>30}  not compared: {}\n", difference, reason);
}

void SideBySide::print_lower_bound(const std::string& name, double bound, Verdicts& verdicts) const {
  print_values(name);
  if (ours_.empty()) {
    fmt::print(" {:>30}  unknown\n", "");
  } else {
    print_difference(verdicts.add(at_most(differences_, bound)));
  }
}

void SideBySide::print_header(const std::string& other_tool) {
  fmt::print("  {:<18} {:>12} {:>12} {:>23}\n", "a window", "faultline", other_tool, "difference");
}

void SideBySide::print_values(const std::string& name) const {
  const int decimals = share_ ? 1 : 0;
  fmt::print("  {:<18} {:>12.{}f} {:>12.{}f}", name, median(ours_), decimals, median(theirs_), decimals);
}

void SideBySide::print_difference(Verdict verdict) const {
  fmt::print(" {:>23} {:<6}  {}", with_interval(differences_, 2), share_ ? "points" : "%", to_string(verdict));
  if (!chance_.empty()) fmt::print(" (by chance alone {:.1f} a window)", median(chance_));
  fmt::print("\n");
}

}  // namespace faultline::bench
