// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <vector>

namespace faultline {

/// The streams and arguments of one run: data on `out`, progress and messages on `err`.
struct Invocation {
  std::vector<std::string> argv;
};

/// One verb of the command line. It registers its options and returns the exit code of its run.
class Verb {
 public:
  virtual ~Verb() = default;
  Verb() = default;
  Verb(const Verb&) = delete;
  Verb& operator=(const Verb&) = delete;

  virtual CLI::App* declare(CLI::App& app) = 0;
  virtual int run(const Invocation& invocation) = 0;
};

/// All verbs, from the files of advisor/cli.
std::vector<std::unique_ptr<Verb>> all_verbs();

}  // namespace faultline
