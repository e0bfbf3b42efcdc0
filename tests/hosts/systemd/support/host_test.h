// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/hosts/systemd/support/systemd_host.h"

namespace faultline::hosts {

using nlohmann::json;

/// Makes the program boot its host before the first test and shut it down after the last. For main().
void add_host_environment();

/// A test on the one host of this test program; skipped, with the reason, where none can be booted.
/// Units that a test installs are stopped and removed after it.
class HostTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  [[nodiscard]] static const SystemdHost& host();
  static CommandResult systemctl(std::vector<std::string> arguments);
  /// A property of a unit, as systemd itself says.
  static std::string property(const std::string& unit, const std::string& name);

  /// Installs NAME.service that runs `command` with more lines for [Service]; does not start it.
  void install(const std::string& unit, const std::string& command, const std::string& service_lines = "");
  void drop_in(const std::string& unit, const std::string& file, const std::string& text);
  /// Starts it and waits until the lab service in it says that it is ready.
  void start(const std::string& unit, const std::string& verb = "start");

  /// Runs faultline inside.
  static CommandResult faultline(std::vector<std::string> arguments);
  /// Audits; the document. Fails the test when there is none.
  static json audit(const std::string& target, const std::string& window = "4s");
  /// The target of audit() when it named one; fails the test when that is an error.
  static json audited(const std::string& target, const std::string& window = "4s");

 private:
  std::vector<std::string> units_;
};

/// The first finding's cause, or "none".
std::string first_cause(const json& target);
/// The proposal of a fix in the first finding; null without.
json proposal(const json& target, const std::string& fix);
/// Why a fix of the first finding was refused, by the fix or by the renderer for systemd; "" when it is offered.
std::string refusal(const json& target, const std::string& fix);
/// A fact's value; -1 when it is unknown.
double number(const json& target, const std::string& fact);

}  // namespace faultline::hosts
