// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

// faultline as its users meet it: the program, and the JSON that it writes.
namespace faultline::bench {

/// The part of a snapshot that the benches compare.
struct Measured {
  double opened = 0;   ///< CLOCK_REALTIME in seconds; the document has it to the millisecond
  double seconds = 0;  ///< length of the window as measured
  std::map<std::string, double> facts;

  [[nodiscard]] double closed() const { return opened + seconds; }
  /// Nothing when faultline says unknown.
  [[nodiscard]] std::optional<double> fact(const std::string& name) const;
};

/// Of a snapshot, or of an audit document with one target. Throws std::runtime_error for anything else.
Measured read_document(const std::string& json);

/// One window of a process, by the built faultline. Throws std::runtime_error when it fails.
Measured measure(pid_t pid, int seconds, const std::vector<std::string>& options = {});

}  // namespace faultline::bench
