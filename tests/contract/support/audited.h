// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace faultline::test {

/// What an audit of one target said: the document with each value by its place in it, as text.
class Audited {
 public:
  int exit_code = -1;
  std::string err;
  /// What is wrong with the document as such, a line each: no JSON, not after its schema, a fact of the catalogue that
  /// is not there, an unknown one without a reason.
  std::string flaws;

  /// Of the target, for example "process/libc"; "" where there is none.
  [[nodiscard]] std::string said(const std::string& place) const;
  /// The value of a fact where it is known.
  [[nodiscard]] std::optional<double> number(const std::string& fact) const;
  [[nodiscard]] std::optional<std::string> text(const std::string& fact) const;
  /// "REASON | UNLOCK" of a fact that is unknown, "known" of one that is known.
  [[nodiscard]] std::string why_unknown(const std::string& fact) const;
  /// The call stacks of the profile, folded, a line each.
  std::string stacks;

 private:
  friend Audited audit(const std::vector<std::string>& arguments, const std::function<bool()>& prepare);
  std::map<std::string, std::string> values_;
};

/// Runs the built `faultline audit` with these arguments; `prepare` runs in its process before it is executed, and
/// stops it where it says false.
Audited audit(const std::vector<std::string>& arguments, const std::function<bool()>& prepare = {});

}  // namespace faultline::test
