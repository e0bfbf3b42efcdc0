// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "advisor/model/error.h"
#include "advisor/model/result.h"

namespace faultline::cli {

/// How a run talks to people. Data goes to stdout (or -o), everything else to stderr.
struct ConsoleOptions {
  std::string color = "auto";  ///< auto, always, never
  bool quiet = false;
  bool verbose = false;
};

/// Whether stdout gets colours: --color, else NO_COLOR (no-color.org), TERM=dumb and whether it is a terminal.
bool color_on_stdout(const ConsoleOptions& options);

/// "faultline: WHAT: WHERE: WHY" and the hint on a line of its own, control characters made visible.
std::string error_text(const Error& error);
void print_error(const Error& error);
/// A line on stderr unless quiet.
void print_message(const ConsoleOptions& options, const std::string& text);

/// A line that rewrites itself on a terminal; nothing elsewhere. Wiped on destruction.
class ProgressLine {
 public:
  explicit ProgressLine(const ConsoleOptions& options);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  void show(const std::string& text);
  void wipe();

 private:
  bool on_;
  bool dirty_ = false;
};

/// Writes data to stdout, or to a file aside and renamed into place, so that a full disk leaves no half document.
Result<void> write_data(const std::string& text, const std::string& path);

}  // namespace faultline::cli
