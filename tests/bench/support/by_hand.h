// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace faultline::bench {

/// A question about a process, and how it is asked without faultline.
struct Question {
  std::string words;
  std::string tool;                ///< for a table
  std::vector<std::string> facts;  ///< of faultline, that answer it
};

/// In the order of ask_by_hand().
const std::vector<Question>& questions();

struct HandAnswer {
  bool answered = false;
  double seconds = 0;  ///< from start to answer
  double cpu_seconds = 0;
  double peak_rss_bytes = 0;  ///< of the largest of its commands
  std::string why_not = "";
};

/// Asks the question at this place, for a window of `seconds` where the tool takes one.
HandAnswer ask_by_hand(std::size_t question, pid_t pid, int seconds);

}  // namespace faultline::bench
