// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <iostream>
#include <memory>
#include <optional>
#include <unistd.h>

#include "advisor/cli/support/exit_code.h"
#include "advisor/cli/support/help.h"
#include "advisor/cli/support/verb.h"
#include "advisor/target/near_misses.h"

namespace {

using namespace faultline;

/// Splits "faultline audit … -- COMMAND ARG…" at the first bare "--".
Invocation split(const std::vector<std::string>& words, std::vector<std::string>& own) {
  Invocation invocation;
  invocation.argv = words;
  const auto bar = std::find(words.begin(), words.end(), "--");
  own.assign(words.begin() + 1, bar);
  if (bar != words.end()) invocation.command.assign(bar + 1, words.end());
  return invocation;
}

/// CLI11 would only say that a subcommand is missing.
std::optional<Error> unknown_verb(const std::vector<std::string>& words, const std::vector<CLI::App*>& verbs) {
  if (words.empty() || words.front().starts_with('-')) return std::nullopt;
  std::vector<std::string> names;
  names.reserve(verbs.size());
  for (const CLI::App* verb : verbs) names.push_back(verb->get_name());
  if (std::find(names.begin(), names.end(), words.front()) != names.end()) return std::nullopt;
  std::string hint = "one of:";
  for (const std::string& name : names) hint += " " + name;
  const auto near = target::near_misses(words.front(), names);
  if (!near.empty()) hint = "did you mean " + near.front() + "?";
  return Error{ErrorKind::usage, "no such verb", words.front(), "faultline does not know it", hint};
}

/// One of the three that is closed would be the number of the next file that is opened, and what is said would go into
/// that file. Opened to read: a write to it fails, as one to a closed descriptor does.
void keep_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) < 0) (void)::open("/dev/null", O_RDONLY);
  }
}

int run(const std::vector<std::string>& words) {
  std::vector<std::string> own;
  Invocation invocation = split(words, own);
  CLI::App app("faultline: which hidden memory cost a running service pays, and the change that moves it", "faultline");
  app.set_version_flag("--version", std::string("faultline ") + FAULTLINE_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--color", invocation.console.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_flag("-q,--quiet", invocation.console.quiet, "no progress and no messages, only data and errors");
  app.add_flag("-v,--verbose", invocation.console.verbose, "say more");
  const auto verbs = all_verbs();
  std::vector<CLI::App*> subcommands;
  for (const auto& verb : verbs) {
    subcommands.push_back(verb->declare(app));
    subcommands.back()->formatter(std::make_shared<cli::ExampleFirst>());
  }
  if (const auto wrong = unknown_verb(own, subcommands)) {
    cli::print_error(*wrong);
    return cli::usage;
  }
  try {
    std::reverse(own.begin(), own.end());  // CLI11 takes its vector from the back
    app.parse(own);
  } catch (const CLI::Success& help) {
    const int code = app.exit(help);
    return std::cout.flush() ? code : cli::error;
  } catch (const CLI::ParseError& wrong) {
    app.exit(wrong, std::cerr, std::cerr);
    return cli::usage;
  }
  for (std::size_t i = 0; i < verbs.size(); ++i) {
    if (subcommands[i]->parsed()) return verbs[i]->run(invocation);
  }
  return cli::usage;
}

}  // namespace

int main(int argc, char** argv) {
  keep_standard_descriptors();
  // A reader that goes away (| head) is a write error that is reported, not a death without a word.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run(std::vector<std::string>(argv, argv + argc));
  } catch (const std::exception& thrown) {
    // Nothing of ours throws; a library or the allocator did.
    std::fprintf(stderr, "faultline: stopped by an unexpected error: %s\n", thrown.what());
    return cli::error;
  }
}
