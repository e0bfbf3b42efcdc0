// SPDX-License-Identifier: Apache-2.0
// How the text report lists rules that could not be decided.
#include <gtest/gtest.h>

#include "advisor/report/text.h"

namespace faultline::report {
namespace {

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(UndecidedText, SaysOnceWhatTwoRulesOfACauseMiss) {
  const std::string few = "too little evidence: 70 of 100 samples";
  Diagnosis diagnosis;
  diagnosis.undecided = {{"first-touch", "first-touch", {}, few, "--window 60s"},
                         {"first-touch-new-processes", "first-touch", {}, few, "--window 60s"},
                         {"first-touch-other", "first-touch", {}, "the process ended", ""},
                         {"refault-trim", "refault", {}, few, "--window 60s"}};
  const std::string text = text_report({}, diagnosis, {}, {});
  EXPECT_EQ(times(text, "first-touch    " + few), 1U) << text;
  EXPECT_EQ(times(text, "first-touch    the process ended"), 1U) << text;
  EXPECT_EQ(times(text, "refault        " + few), 1U) << text;
  EXPECT_EQ(times(text, "--window 60s"), 2U) << text;
}

}  // namespace
}  // namespace faultline::report
