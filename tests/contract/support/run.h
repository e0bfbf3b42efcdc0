// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace faultline::test {

struct Outcome {
  int exit_code = -1;  ///< 128 + the signal when one ended it
  std::string out;
  std::string err;
};

/// Runs the built faultline with these arguments, as this user or, when `as_nobody`, without any privilege.
Outcome run_faultline(const std::vector<std::string>& arguments, bool as_nobody = false);
/// `prepare` runs in its process before it is executed, where there is one; false stops it with 125.
Outcome run_faultline(const std::vector<std::string>& arguments, const std::function<bool()>& prepare);

/// Makes this process an ordinary user's; for a child of the test.
bool become_nobody();

}  // namespace faultline::test
