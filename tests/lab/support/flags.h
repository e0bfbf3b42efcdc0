// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>

namespace faultline::lab {

/// The flags of a lab service: `--name value`, `--name=value`, or `--name` alone for a switch.
class Flags {
 public:
  /// Ends the program with 64 on anything that is no flag.
  Flags(int argc, char** argv);

  /// The flag's number, or `otherwise` when it was not given. Ends the program with 64 when it is no number >= 0.
  double number(const std::string& name, double otherwise);
  std::string text(const std::string& name, const std::string& otherwise);
  bool given(const std::string& name);
  /// Ends the program with 64 when a flag was given that nobody asked for. Call it after the last question.
  void finish() const;

 private:
  std::map<std::string, std::string> values_;
  std::set<std::string> asked_;
};

}  // namespace faultline::lab
