// SPDX-License-Identifier: Apache-2.0
#include "tests/hosts/systemd/support/host_test.h"

#include <chrono>
#include <filesystem>
#include <thread>
#include <utility>

namespace faultline::hosts {
namespace {

constexpr std::chrono::seconds ready_within{60};
constexpr const char* units_folder = "/etc/systemd/system/";

/// Boots before the first test and shuts down after the last.
class HostOfThisProgram : public testing::Environment {
 public:
  void SetUp() override {
    if (auto booted = SystemdHost::boot(why_not)) host.emplace(std::move(*booted));
  }
  void TearDown() override { host.reset(); }

  std::optional<SystemdHost> host;
  std::string why_not;
};

HostOfThisProgram* const environment = new HostOfThisProgram;  // owned by GoogleTest once it is added

std::string output_of(const std::string& unit) { return "/run/lab/" + unit + ".out"; }

/// That a service queues for a CPU is true of any on a machine that others use, and judged in tests/lab: here are the
/// other findings. Null when there is none.
const json* first_finding(const json& target) {
  for (const json& finding : target["findings"]) {
    if (finding["cause"] != "run-queue-wait") return &finding;
  }
  return nullptr;
}

}  // namespace

void add_host_environment() { testing::AddGlobalTestEnvironment(environment); }

void HostTest::SetUp() {
  if (!environment->host) GTEST_SKIP() << environment->why_not;
}

void HostTest::TearDown() {
  if (!environment->host) return;
  for (const std::string& unit : units_) {
    systemctl({"stop", unit});
    std::filesystem::remove(host().path_of(units_folder + unit));
    std::filesystem::remove_all(host().path_of(units_folder + unit + ".d"));
  }
  systemctl({"daemon-reload"});
  systemctl({"reset-failed"});
}

const SystemdHost& HostTest::host() { return *environment->host; }

CommandResult HostTest::systemctl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "systemctl");
  return host().run(arguments);
}

std::string HostTest::property(const std::string& unit, const std::string& name) {
  std::string value = systemctl({"show", "--value", "--property=" + name, "--", unit}).out;
  while (value.ends_with('\n')) value.pop_back();
  return value;
}

void HostTest::install(const std::string& unit, const std::string& command, const std::string& service_lines) {
  std::filesystem::create_directories(host().path_of("/run/lab"));
  host().write(units_folder + unit, "[Service]\nType=exec\nExecStart=" + command +
                                        "\nStandardOutput=truncate:" + output_of("%n") + "\n" + service_lines);
  units_.push_back(unit);
  systemctl({"daemon-reload"});
}

void HostTest::drop_in(const std::string& unit, const std::string& file, const std::string& text) {
  host().write(units_folder + unit + ".d/" + file, text);
  systemctl({"daemon-reload"});
}

void HostTest::start(const std::string& unit, const std::string& verb) {
  const CommandResult started = systemctl({verb, "--", unit});
  ASSERT_EQ(started.exit_code, 0) << started.err;
  for (const auto end = std::chrono::steady_clock::now() + ready_within; std::chrono::steady_clock::now() < end;) {
    const auto said = host().read(output_of(unit));
    if (said && said->find("ready\n") != std::string::npos) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  FAIL() << unit << " was not ready: " << systemctl({"status", "--", unit}).out;
}

CommandResult HostTest::faultline(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "/opt/faultline/bin/faultline");
  return host().run(arguments);
}

json HostTest::audit(const std::string& target, const std::string& window) {
  const CommandResult result = faultline({"audit", target, "--window", window, "--format", "json"});
  json document = json::parse(result.out, nullptr, false);
  if (document.is_discarded()) {
    ADD_FAILURE() << "no document: exit code " << result.exit_code << "\n" << result.err << result.out;
    return json::object();
  }
  return document;
}

json HostTest::audited(const std::string& target, const std::string& window) {
  const json document = audit(target, window);
  if (!document.contains("targets") || document["targets"].size() != 1 || document["targets"][0].contains("error")) {
    ADD_FAILURE() << "no audit of " << target << ": " << document.dump(2);
    return {{"findings", json::array()}, {"facts", json::object()}, {"changes", json::array()},
            {"refusals", json::array()}, {"unit", nullptr},         {"process", json::object()}};
  }
  return document["targets"][0];
}

std::string first_cause(const json& target) {
  const json* const finding = first_finding(target);
  return finding == nullptr ? "none" : (*finding)["cause"].get<std::string>();
}

json proposal(const json& target, const std::string& fix) {
  const json* const finding = first_finding(target);
  if (finding == nullptr) return nullptr;
  for (const json& one : (*finding)["fixes"]) {
    if (one["fix"] == fix) return one;
  }
  return nullptr;
}

std::string refusal(const json& target, const std::string& fix) {
  const json by_fix = proposal(target, fix);
  if (by_fix.is_null()) return "";
  if (by_fix["refused"].is_string()) return by_fix["refused"];
  for (const json& one : target["refusals"]) {
    if (one["fix"] == fix) return one["why"];
  }
  return "";
}

double number(const json& target, const std::string& fact) {
  if (!target["facts"].contains(fact) || !target["facts"][fact]["value"].is_number()) return -1;
  return target["facts"][fact]["value"];
}

}  // namespace faultline::hosts
