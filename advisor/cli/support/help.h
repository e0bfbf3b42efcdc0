// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace faultline::cli {

/// Help as people read it: the example first, then what the verb does, then its options. A verb gives its examples as
/// its footer.
class ExampleFirst : public CLI::Formatter {
 public:
  std::string make_description(const CLI::App* app) const override {
    const std::string examples = app->get_footer();
    return (examples.empty() ? "" : examples + "\n\n") + CLI::Formatter::make_description(app);
  }
  std::string make_footer(const CLI::App* /*app*/) const override { return {}; }
};

}  // namespace faultline::cli
