// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace faultline::lab {

/// How a program begins what it says where no quota can be had.
inline constexpr const char* no_quota_here = "no CPU quota here";

/// A cgroup of the calling process's own, with a CPU quota: on the v1 cpu controller, or on v2 where that has it.
/// Leaves and removes the cgroup when it goes; those left behind by services that were killed are removed first.
class QuotaCgroup {
 public:
  /// Ends the program with 77 when no cgroup can be made (no root, no cpu controller).
  explicit QuotaCgroup(double cores);
  ~QuotaCgroup();
  QuotaCgroup(const QuotaCgroup&) = delete;
  QuotaCgroup& operator=(const QuotaCgroup&) = delete;

 private:
  std::vector<std::string> parents_;  ///< the cpu controller's, and cpuacct's where v1 has that elsewhere
  std::string name_;
};

}  // namespace faultline::lab
