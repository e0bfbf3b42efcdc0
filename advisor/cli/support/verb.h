// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "advisor/cli/support/console.h"

namespace faultline {

/// What every verb gets besides its own options.
struct Invocation {
  std::vector<std::string> argv;     ///< as typed, for documents
  std::vector<std::string> command;  ///< what followed "--"
  cli::ConsoleOptions console;
};

/// One verb of the command line. It registers its options and returns the exit code of its run.
class Verb {
 public:
  virtual ~Verb() = default;
  Verb() = default;
  Verb(const Verb&) = delete;
  Verb& operator=(const Verb&) = delete;

  /// Adds its subcommand with its options and returns it.
  virtual CLI::App* declare(CLI::App& app) = 0;
  /// Runs with the options that were parsed; returns the exit code (support/exit_code.h).
  virtual int run(const Invocation& invocation) = 0;
};

/// All verbs, from the files of advisor/cli.
std::vector<std::unique_ptr<Verb>> all_verbs();

}  // namespace faultline
